import { Duplex } from 'node:stream';

type Callback = (error?: Error | null) => void;

/** The byte stream below a tested connection, in place of a socket. The test acts as the network and the peer. */
export class SpdyTransport extends Duplex {
  /**
   * The sent bytes, with one entry for each write to the network. A single write (`writev`) may combine several chunks.
   */
  readonly writes: Buffer[] = [];
  /** The sent bytes, with one entry for each chunk. */
  readonly chunks: Buffer[] = [];
  #isStalled = false;
  #held: Callback | undefined;

  constructor(highWaterMark = 64 * 1024) {
    super({ allowHalfOpen: true, highWaterMark });
  }

  /** All bytes sent so far. */
  get sent(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** Returns the sent bytes, and clears {@link SpdyTransport.writes} and {@link SpdyTransport.chunks}. */
  takeSent(): Buffer {
    const sent = this.sent;
    this.writes.length = 0;
    this.chunks.length = 0;
    return sent;
  }

  /** Makes the network block: the next write does not finish until {@link flow} or {@link finishWrite} is called. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Makes the network accept all writes again, and finishes the pending write. */
  flow(): void {
    this.#isStalled = false;
    this.finishWrite();
  }

  /** Finishes the pending write. If the network is still blocked, the next write is pending again. */
  finishWrite(): void {
    const held = this.#held;
    this.#held = undefined;
    held?.();
  }

  /** Delivers bytes from the peer. Returns false if the buffer of the tested connection is full. */
  deliver(bytes: Buffer): boolean {
    return this.push(bytes);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#take([chunk], callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: Callback): void {
    this.#take(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  #take(chunks: readonly Buffer[], callback: Callback): void {
    this.writes.push(Buffer.concat(chunks));
    this.chunks.push(...chunks);
    if (this.#isStalled) this.#held = callback;
    else callback();
  }
}

/** Returns the two ends of a connection. As on a network, bytes arrive at least one turn of the event loop later. */
export function transportPair(): [SpdyTransport, SpdyTransport] {
  const left = new LinkedTransport();
  const right = new LinkedTransport();
  left.link(right);
  right.link(left);
  return [left, right];
}

class LinkedTransport extends SpdyTransport {
  #other: LinkedTransport | undefined;
  #waitingForReader: Callback | undefined;

  link(other: LinkedTransport): void {
    this.#other = other;
  }

  override _read(): void {
    const waiting = this.#other?.takeWaiting();
    waiting?.();
  }

  takeWaiting(): Callback | undefined {
    const waiting = this.#waitingForReader;
    this.#waitingForReader = undefined;
    return waiting;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#pass(chunk, callback);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: Callback): void {
    this.#pass(Buffer.concat(chunks.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: Callback): void {
    setImmediate(() => this.#other?.push(null));
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    setImmediate(() => this.#other?.destroy());
    callback(error);
  }

  #pass(bytes: Buffer, callback: Callback): void {
    this.writes.push(bytes);
    setImmediate(() => {
      const other = this.#other;
      if (other === undefined || other.destroyed) return callback();
      if (other.push(bytes)) callback();
      else this.#waitingForReader = callback;
    });
  }
}
