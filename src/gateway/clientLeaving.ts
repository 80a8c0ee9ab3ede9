import type { Socket } from 'node:net';
import { CodedError } from '../base/errors.ts';

/**
 * Signals that the client of a connection has disconnected. Creates the AbortController on first use, because most
 * connections never need the signal.
 */
export class ClientLeaving {
  readonly #socket: Socket;
  #leaving: AbortController | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', this.#onClose);
  }

  /** Returns a signal that is aborted with the reason `STOPPED` when the client disconnects. */
  readonly signal = (): AbortSignal => {
    this.#leaving ??= new AbortController();
    if (this.#socket.destroyed) this.#onClose();
    return this.#leaving.signal;
  };

  [Symbol.dispose](): void {
    this.#socket.off('close', this.#onClose);
  }

  readonly #onClose = () => this.#leaving?.abort(new CodedError('STOPPED'));
}
