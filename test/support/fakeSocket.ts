import type { Socket } from 'node:net';
import { SpdyTransport } from './spdyTransport.ts';

/**
 * The socket of a local client, where the test acts as the client. `writes` and `chunks` contain the bytes that the
 * client receives.
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

  /** This socket with the type that the pump expects. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
