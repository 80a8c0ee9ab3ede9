import type { Socket } from 'node:net';
import { SpdyTransport } from './spdyTransport.ts';

/** A local client's socket with the test as the client: `writes` and `chunks` contain the sent bytes. */
export class FakeSocket extends SpdyTransport {
  /** Whether a reset ended the socket. */
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

  /** The socket in the type of the pump. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
