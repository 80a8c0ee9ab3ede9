import type { Socket } from 'node:net';
import { SpdyTransport } from './spdyTransport.ts';

/**
 * The socket through which the tested code talks to a local client. The test acts as the client. `writes` and `chunks`
 * contain the bytes that the client receives.
 */
export class FakeSocket extends SpdyTransport {
  /** Whether the socket was closed by a reset. */
  isReset = false;

  resetAndDestroy(): this {
    if (!this.destroyed) this.isReset = true;
    return this.destroy();
  }

  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** This object as a `net.Socket`. It has all methods of `net.Socket` that the tested code calls. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
