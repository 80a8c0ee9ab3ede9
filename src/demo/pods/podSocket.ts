import { Duplex } from 'node:stream';

/** The size of the buffer in each direction of a connection into a pod. */
const BUFFER_BYTES = 64 * 1024;

type Callback = (error?: Error | null) => void;

/**
 * The error of a connection that the peer has reset. As in TCP, the connection is also reset if the peer closes its
 * socket before the peer has read all data.
 */
export class ConnectionResetError extends Error {
  readonly code = 'ECONNRESET';

  constructor() {
    super('connection reset by peer');
    this.name = 'ConnectionResetError';
  }
}

/**
 * One end of a simulated TCP connection into a pod. Bytes that are written to one end are read from the other end, with
 * back pressure, half-close and reset. `destroy()` closes the connection as `close(2)` does, and `destroy(error)`
 * resets the connection.
 */
export class PodSocket extends Duplex {
  #peer: PodSocket | undefined;
  #pendingWrite: Callback | undefined;
  #isPeerGone = false;

  private constructor() {
    super({
      allowHalfOpen: true,
      readableHighWaterMark: BUFFER_BYTES,
      writableHighWaterMark: BUFFER_BYTES,
    });
    // Ignores errors. A reset may arrive after the owner has removed its error handler, and without any handler, Node
    // would throw the error.
    this.on('error', () => {});
  }

  /** Returns the two ends of a new connection. */
  static pair(): readonly [client: PodSocket, server: PodSocket] {
    const [client, server] = [new PodSocket(), new PodSocket()];
    client.#peer = server;
    server.#peer = client;
    return [client, server];
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    const peer = this.#peer;
    if (this.#isPeerGone || peer === undefined || peer.destroyed) return callback(new ConnectionResetError());
    if (peer.push(chunk)) callback();
    else peer.#onRead(callback);
  }

  override _final(callback: Callback): void {
    this.#peer?.push(null);
    callback();
  }

  override _read(): void {
    const resume = this.#pendingWrite;
    this.#pendingWrite = undefined;
    resume?.();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    const peer = this.#peer;
    const waiting = this.#pendingWrite;
    this.#pendingWrite = undefined;
    this.#peer = undefined;
    if (peer !== undefined && !peer.destroyed) {
      if (error !== null) peer.destroy(new ConnectionResetError());
      else peer.#peerClosed(this.writableFinished);
    }
    waiting?.(new ConnectionResetError());
    callback(error);
  }

  #onRead(resume: Callback): void {
    this.#pendingWrite = resume;
  }

  #peerClosed(hasSentEnd: boolean): void {
    this.#isPeerGone = true;
    if (!hasSentEnd && !this.readableEnded) this.push(null);
  }
}
