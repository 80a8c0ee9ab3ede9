import { constants, inflateRawSync } from 'node:zlib';
import { HEADER_DICTIONARY, HEADER_DICTIONARY_ID } from './dictionary.ts';
import { protocolError } from './protocolError.ts';

export type Headers = ReadonlyMap<string, string>;

// The header of a zlib stream (RFC 1950): deflate with a 32 KiB window, a preset dictionary and the default level. The
// last four bytes are the dictionary's checksum.
const ZLIB_HEADER = Buffer.from([0x78, 0xbb, 0, 0, 0, 0]);
ZLIB_HEADER.writeUInt32BE(HEADER_DICTIONARY_ID, 2);
const ZLIB_DEFLATE_WITH_DICTIONARY = 0x20;
// The end of a zlib sync flush, which is an empty stored block (RFC 1951). Each header block ends with a sync flush, so
// that the next header block starts at a byte boundary.
const SYNC_MARKER = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const SYNC_FLUSH = Buffer.concat([Buffer.of(0), SYNC_MARKER]);

// The header of a stored (uncompressed) deflate block: one byte for the type, the length in two bytes, and the length
// inverted (RFC 1951 section 3.2.4).
const STORED_HEADER_BYTES = 5;
const MAX_STORED_BYTES = 0xffff;

const INFLATE_WINDOW_BYTES = 32 * 1024;

/**
 * Encodes the header blocks of one direction of a connection. Call {@link compress} in the order of sending. The output
 * is valid zlib data, but not compressed. Compression would shorten the 60 bytes that open a stream to 25 bytes. But it
 * would take longer than all other work for a new connection.
 */
export class HeaderCompressor {
  #isFirst = true;

  compress(headers: Iterable<readonly [string, string]>): Buffer {
    const block = encodeHeaders([...headers]);
    const parts: Buffer[] = this.#isFirst ? [ZLIB_HEADER] : [];
    this.#isFirst = false;
    for (let offset = 0; offset < block.length; offset += MAX_STORED_BYTES) {
      const stored = block.subarray(offset, offset + MAX_STORED_BYTES);
      parts.push(storedHeader(stored.length), stored);
    }
    return Buffer.concat([...parts, SYNC_FLUSH]);
  }
}

/**
 * Decompresses the header blocks of one direction of a connection. Call {@link decompress} in the order of arrival.
 * Each block is decompressed by its own synchronous call, so there is no native zlib object to dispose of. The
 * dictionary of each call is the last 32 KiB of the earlier output, because a block can refer only to these bytes.
 */
export class HeaderDecompressor {
  readonly #maxBytes: number;
  #window: Buffer = HEADER_DICTIONARY;
  #isFirst = true;

  /** @param maxBytes the maximum size of one header block in bytes, after decompression */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws CodedError `PROTOCOL` if the block is malformed or too large */
  decompress(compressed: Buffer): Headers {
    let deflated = compressed;
    if (this.#isFirst) {
      checkZlibHeader(compressed);
      deflated = compressed.subarray(ZLIB_HEADER.length);
      this.#isFirst = false;
    }
    if (!deflated.subarray(-SYNC_MARKER.length).equals(SYNC_MARKER)) {
      throw protocolError('header block does not end with a sync flush');
    }
    const block = this.#inflate(deflated);
    this.#window = slide(this.#window, block);
    return decodeHeaders(block);
  }

  #inflate(deflated: Buffer): Buffer {
    try {
      return inflateRawSync(deflated, {
        dictionary: this.#window,
        maxOutputLength: this.#maxBytes,
        chunkSize: 1024,
        finishFlush: constants.Z_SYNC_FLUSH,
      });
    } catch (error) {
      throw protocolError('header block is too large or cannot be decompressed', error);
    }
  }
}

function checkZlibHeader(compressed: Buffer): void {
  if (compressed.length < ZLIB_HEADER.length) throw protocolError('first header block is too short');
  const header = compressed.readUInt16BE(0);
  const isDeflate = ((header >> 8) & 0x0f) === 8;
  if (!isDeflate || header % 31 !== 0 || (header & ZLIB_DEFLATE_WITH_DICTIONARY) === 0) {
    throw protocolError('first header block has no zlib header with a preset dictionary');
  }
  if (compressed.readUInt32BE(2) !== HEADER_DICTIONARY_ID) throw protocolError('unknown header dictionary');
}

/** Returns the last 32 KiB of all decompressed blocks, to which the next block may refer. */
function slide(window: Buffer, block: Buffer): Buffer {
  const kept = window.subarray(Math.max(0, window.length + block.length - INFLATE_WINDOW_BYTES));
  return Buffer.concat([kept, block.subarray(-INFLATE_WINDOW_BYTES)]);
}

function storedHeader(length: number): Buffer {
  const header = Buffer.alloc(STORED_HEADER_BYTES);
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}

/**
 * Encodes headers (SPDY draft, section 2.6.10): their number, then each name and value after its length. All numbers
 * have 32 bits.
 */
function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  const parts = [uint32(headers.length)];
  for (const [name, value] of headers) {
    for (const text of [Buffer.from(name.toLowerCase()), Buffer.from(value)]) {
      parts.push(uint32(text.length), text);
    }
  }
  return Buffer.concat(parts);
}

function decodeHeaders(block: Buffer): Headers {
  const headers = new Map<string, string>();
  let offset = 0;
  const readLength = (): number => {
    if (offset + 4 > block.length) throw protocolError('truncated header block');
    offset += 4;
    return block.readUInt32BE(offset - 4);
  };
  const readText = (): string => {
    const length = readLength();
    if (offset + length > block.length) throw protocolError('truncated header block');
    offset += length;
    return block.toString('utf8', offset - length, offset);
  };
  for (let remaining = readLength(); remaining > 0; remaining--) {
    const name = readText();
    if (name === '' || name !== name.toLowerCase() || headers.has(name)) {
      throw protocolError('header name is empty, duplicate, or not lowercase');
    }
    headers.set(name, readText());
  }
  if (offset !== block.length) throw protocolError('unexpected data after the last header');
  return headers;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
