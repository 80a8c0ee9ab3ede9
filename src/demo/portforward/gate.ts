import { Duplex } from 'node:stream';

type Callback = (error?: Error | null) => void;

/**
 * A stream that passes bytes to and from another stream, `transport`. Faults can interrupt the bytes as if the network
 * dropped packets: {@link shut} delays all bytes until {@link open}, and {@link silence} stops all bytes permanently.
 * In both cases, `transport` stays open. Owns `transport`.
 */
export class Gate extends Duplex {
  readonly #transport: Duplex;
  #isShut = false;
  #isSilent = false;
  #held: (() => void)[] = [];

  constructor(transport: Duplex) {
    super({ allowHalfOpen: true });
    this.#transport = transport;
    transport.on('data', (chunk: Buffer) => {
      if (!this.#isSilent && !this.push(chunk)) transport.pause();
    });
    transport.on('end', () => {
      if (this.#isSilent) this.destroy();
      else this.push(null);
    });
    transport.on('error', (error) => this.destroy(error));
    transport.on('close', () => this.destroy());
    this.on('error', () => {});
  }

  /**
   * Stops all bytes permanently. Continues to read arriving bytes and drops them, to notice when the peer closes the
   * connection.
   */
  silence(): void {
    this.shut();
    this.#isSilent = true;
    this.#transport.resume();
  }

  /** Delays all bytes, in both directions, until {@link open} is called. */
  shut(): void {
    this.#isShut = true;
    this.#transport.pause();
  }

  open(): void {
    if (!this.#isShut || this.#isSilent || this.destroyed) return;
    this.#isShut = false;
    const held = this.#held;
    this.#held = [];
    for (const resume of held) resume();
    this.#transport.resume();
  }

  override _read(): void {
    if (!this.#isShut) this.#transport.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#whenOpen(() => this.#pass([chunk], callback));
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], callback: Callback): void {
    this.#whenOpen(() =>
      this.#pass(
        chunks.map(({ chunk }) => chunk),
        callback,
      ),
    );
  }

  override _final(callback: Callback): void {
    this.#whenOpen(() => this.#transport.end(() => callback()));
  }

  override _destroy(error: Error | null, callback: Callback): void {
    this.#held = [];
    this.#transport.destroy();
    callback(error);
  }

  #pass(chunks: readonly Buffer[], callback: Callback): void {
    this.#transport.cork();
    for (const chunk of chunks) this.#transport.write(chunk);
    this.#transport.uncork();
    if (this.#transport.writableNeedDrain) this.#transport.once('drain', () => callback());
    else callback();
  }

  #whenOpen(action: () => void): void {
    if (this.#isShut) this.#held.push(action);
    else action();
  }
}
