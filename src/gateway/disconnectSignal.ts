import type { Socket } from 'node:net';
import { CodedError } from '../base/errors.ts';

/**
 * Provides a signal that is aborted when the local client of a connection disconnects. Creates the signal only when it
 * is first used, which saves time and memory, because most connections never use it.
 */
export class DisconnectSignal {
  readonly #socket: Socket;
  #controller: AbortController | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', this.#onClose);
  }

  /** Returns a signal that is aborted with the reason `STOPPED` when the local client disconnects. */
  readonly signal = (): AbortSignal => {
    this.#controller ??= new AbortController();
    if (this.#socket.destroyed) this.#onClose();
    return this.#controller.signal;
  };

  [Symbol.dispose](): void {
    this.#socket.off('close', this.#onClose);
  }

  readonly #onClose = () => this.#controller?.abort(new CodedError('STOPPED'));
}
