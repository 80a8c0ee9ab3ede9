import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/** A connection that waits for an attempt. */
export interface ParkedSocket<T> {
  readonly socket: Socket;
  readonly details: T;
}

export interface ParkedSocketsOptions<T> {
  readonly limitMs: number;
  readonly clock: Clock;
  /**
   * Called when a connection was reset, because it had waited longer than `limitMs` or too many other connections were
   * waiting.
   */
  readonly onExpired: (details: T) => void;
}

/**
 * The maximum number of waiting connections. Further connections are reset, because each waiting connection uses a file
 * handle.
 */
const MAX_WAITING = 1_000;

/** Holds accepted connections until an attempt can serve them. Does not read from the connections. */
export class ParkedSockets<T> implements Disposable {
  readonly #options: ParkedSocketsOptions<T>;
  readonly #waiting = new Map<Socket, { readonly details: T; readonly leave: () => void }>();

  constructor(options: ParkedSocketsOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Holds the socket until {@link takeAll} returns it. Resets the socket if {@link takeAll} is not called within
   * `limitMs`. If {@link MAX_WAITING} sockets wait already, resets the new socket at once.
   */
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

  /** Removes all waiting connections and returns them in the order of their arrival. */
  takeAll(): readonly ParkedSocket<T>[] {
    return [...this.#waiting].map(([socket, { details, leave }]) => {
      leave();
      return { socket, details };
    });
  }

  /** Resets all waiting connections. */
  dispose(): void {
    for (const { socket } of this.takeAll()) socket.resetAndDestroy();
  }
}

function ignore(): void {}
