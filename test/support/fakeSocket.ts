import type { Socket } from 'node:net';
import { SpdyTransport } from './spdyTransport.ts';

/** A local client's socket, with the test as the client: what leaves is in `writes` and `chunks`. */
export class FakeSocket extends SpdyTransport {
  /** Whether it was ended by a reset. */
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

  /** As the pump knows it. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
