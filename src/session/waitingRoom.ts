import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/** What a connection waits with. */
export interface Visitor<T> {
  readonly socket: Socket;
  readonly details: T;
}

export interface WaitingRoomOptions<T> {
  readonly limitMs: number;
  readonly clock: Clock;
  /** It has waited too long, or found no room, and was reset. */
  readonly onExpired: (details: T) => void;
}

/** Connections that may wait at a time, a file handle each. */
const MAX_WAITING = 1_000;

/** Where connections wait that nobody can serve yet. Nothing is read from them meanwhile. */
export class WaitingRoom<T> implements Disposable {
  readonly #options: WaitingRoomOptions<T>;
  readonly #waiting = new Map<Socket, { readonly details: T; readonly leave: () => void }>();

  constructor(options: WaitingRoomOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Takes the socket over until {@link takeAll}. */
  add(socket: Socket, details: T): void {
    const { clock, limitMs, onExpired } = this.#options;
    const expire = () => {
      this.#waiting.get(socket)?.leave();
      socket.resetAndDestroy();
      onExpired(details);
    };
    if (this.#waiting.size >= MAX_WAITING) return expire();
    const onGone = () => this.#waiting.get(socket)?.leave();
    const timer = clock.setTimer(limitMs, expire);
    const leave = () => {
      this.#waiting.delete(socket);
      timer.dispose();
      socket.off('error', ignore).off('close', onGone);
    };
    socket.on('error', ignore).once('close', onGone);
    this.#waiting.set(socket, { details, leave });
    if (socket.destroyed) leave();
  }

  /** Hands over all that wait, first come first. */
  takeAll(): readonly Visitor<T>[] {
    return [...this.#waiting].map(([socket, { details, leave }]) => {
      leave();
      return { socket, details };
    });
  }

  /** Resets all that wait. */
  dispose(): void {
    for (const { socket } of this.takeAll()) socket.resetAndDestroy();
  }
}

function ignore(): void {}
