import { type SpdyStream, STREAM_BUFFER_BYTES } from '../../spdy/stream.ts';

/** What one stream may hold for its slow reader while others share its tunnel, and all streams of a forward together. */
const STREAM_LIMIT_BYTES = 1024 * 1024;
const FORWARD_LIMIT_BYTES = 32 * 1024 * 1024;

/** The streams of one forward that hold more than their own buffer, so that the tunnels they share move on. */
export class SlowReaders {
  readonly #streams = new Set<SpdyStream>();

  /** Whether the stream, whose buffer is full, may take more. It is looked after until it closes. */
  mayHoldMore(stream: SpdyStream): boolean {
    if (stream.readableLength >= STREAM_LIMIT_BYTES) return false;
    if (!this.#streams.has(stream)) {
      this.#streams.add(stream);
      stream.once('close', () => this.#streams.delete(stream));
    }
    return this.#heldBytes() < FORWARD_LIMIT_BYTES;
  }

  #heldBytes(): number {
    let bytes = 0;
    for (const { readableLength } of this.#streams) {
      if (readableLength >= STREAM_BUFFER_BYTES) bytes += readableLength;
    }
    return bytes;
  }
}
