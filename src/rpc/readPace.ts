import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/**
 * While more than this many messages wait for the peer to read them, this process does not read from the peer.
 * Otherwise, a peer that sends requests without reading could fill the memory with answers.
 */
const MAX_UNREAD = 100;
/**
 * Reading continues after this many turns of the event loop in which no message was handled. The JSON-RPC library does
 * not report when it has handled all messages that were read. But it needs only three turns for each message, so after
 * four turns without a message, all messages are handled.
 */
const IDLE_TURNS = 4;
/**
 * How long the peer may read nothing while messages wait for it, in milliseconds. After this time, the connection to
 * the peer is closed. The limit is long, because a debugger may pause a window.
 */
const UNREAD_LIMIT_MS = 60_000;

/**
 * Pauses reading from a peer in two cases: after each chunk until its messages are handled, and while too many answers
 * wait for the peer to read them. Without these pauses, the JSON-RPC library would store messages and answers without a
 * limit. Calls `onGivenUp` if messages wait and the peer reads nothing for a minute.
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

  /** Called after bytes were read. Pauses reading until the messages in these bytes are handled. */
  onRead(): void {
    this.#socket.pause();
    if (this.#isHandling) return;
    this.#isHandling = true;
    this.#waitUntilHandled(this.#handled, IDLE_TURNS);
  }

  onHandled(): void {
    this.#handled++;
  }

  /**
   * Called before a message is written to the socket. If no earlier message waits, starts the time limit for the peer
   * to read.
   */
  onSending(): void {
    this.#unread++;
    this.#limit ??= this.#startLimit();
  }

  /**
   * Called when a message has been written to the socket, which shows that the peer reads. Ends the time limit, or
   * starts it again if more messages wait.
   */
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
