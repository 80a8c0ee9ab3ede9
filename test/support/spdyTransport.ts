import { Duplex } from 'node:stream';

type Callback = (error?: Error | null) => void;

/** The transport of a tested connection, where the test acts as the network and the peer. */
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

  /** Makes the network stall: it accepts one more write, but does not finish it. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Ends the stall of the network. */
  flow(): void {
    this.#isStalled = false;
    this.finishWrite();
  }

  /** Finishes the current write. The stalled network accepts one more. */
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

/** Returns two connected transports. As on a network, bytes arrive at least one turn of the event loop later. */
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
