import type { Socket } from 'node:net';
import { CodedError } from '../base/errors.ts';

/** Tells when the client of a connection has left. Connections that need not wait create no signal. */
export class ClientLeaving {
  readonly #socket: Socket;
  #leaving: AbortController | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', this.#onClose);
  }

  /** Returns a signal that is aborted when the client has left, with `STOPPED` as the reason. */
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
