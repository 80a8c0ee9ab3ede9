import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/** How many unread answers stop the reading of more requests. */
const MAX_UNREAD = 100;
/** Idle turns of the event loop after which all messages are handled. The library needs three turns per message. */
const IDLE_TURNS = 4;
/** How long a peer may leave messages unread. A debugger may pause a window. Milliseconds. */
const UNREAD_LIMIT_MS = 60_000;

/**
 * Reads from a peer no faster than its messages are handled and their answers are read, because the JSON-RPC library keeps both
 * without a limit. Gives up on a peer that reads nothing for a minute.
 */
export class ReadPace implements Disposable {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #onGivenUp: () => void;
  #handled = 0;
  #unread = 0;
  #isHandling = false;
  #limit: Disposable | undefined;
  #isDisposed = false;

  constructor(socket: Socket, clock: Clock, onGivenUp: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onGivenUp = onGivenUp;
  }

  /** Called after bytes were read, which may contain messages. */
  onRead(): void {
    this.#socket.pause();
    if (this.#isHandling) return;
    this.#isHandling = true;
    this.#waitUntilHandled(this.#handled, IDLE_TURNS);
  }

  onHandled(): void {
    this.#handled++;
  }

  /** Called when a message waits for the peer to read it. */
  onSending(): void {
    this.#unread++;
    this.#limit ??= this.#startLimit();
  }

  /** Called when the peer has taken a message. */
  onSent(): void {
    this.#unread--;
    this.#limit?.dispose();
    this.#limit = this.#unread > 0 && !this.#isDisposed ? this.#startLimit() : undefined;
    this.#resume();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#limit?.dispose();
  }

  #waitUntilHandled(handled: number, turns: number): void {
    setImmediate(() => {
      if (this.#isDisposed) return;
      if (this.#handled !== handled) return this.#waitUntilHandled(this.#handled, IDLE_TURNS);
      if (turns > 1) return this.#waitUntilHandled(handled, turns - 1);
      this.#isHandling = false;
      this.#resume();
    });
  }

  #resume(): void {
    if (!this.#isHandling && this.#unread <= MAX_UNREAD && !this.#isDisposed) this.#socket.resume();
  }

  #startLimit(): Disposable {
    return this.#clock.setTimer(UNREAD_LIMIT_MS, this.#onGivenUp);
  }
}
