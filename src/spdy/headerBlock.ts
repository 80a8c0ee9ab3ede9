import { constants, inflateRawSync } from 'node:zlib';
import { HEADER_DICTIONARY, HEADER_DICTIONARY_ID } from './dictionary.ts';
import { protocolError } from './protocolError.ts';

export type Headers = ReadonlyMap<string, string>;

// RFC 1950: deflate with a 32 KiB window, a preset dictionary, default level; then the dictionary's id.
const ZLIB_HEADER = Buffer.from([0x78, 0xbb, 0, 0, 0, 0]);
ZLIB_HEADER.writeUInt32BE(HEADER_DICTIONARY_ID, 2);
const ZLIB_DEFLATE_WITH_DICTIONARY = 0x20;
// The end of a sync flush (RFC 1951: an empty stored block). Because of it every block starts on a byte.
const SYNC_MARKER = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const SYNC_FLUSH = Buffer.concat([Buffer.of(0), SYNC_MARKER]);

// RFC 1951 section 3.2.4: a stored block has its length, that length inverted, and the bytes unchanged.
const STORED_HEADER_BYTES = 5;
const MAX_STORED_BYTES = 0xffff;

const INFLATE_WINDOW_BYTES = 32 * 1024;

/**
 * Writes the header blocks of one direction of one connection, in the order of sending. The output is zlib, but stored
 * instead of compressed: a compressor would make 25 bytes of the 60 that open a stream, and take longer than all other
 * work for a new connection.
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
 * Decompresses the header blocks of one direction of one connection, in the order of arrival. The context of a zlib
 * stream consists only of its earlier output, so each block is decompressed by itself, with the end of all earlier
 * blocks as its dictionary. This needs no native state to keep or free, and is synchronous.
 */
export class HeaderDecompressor {
  readonly #maxBytes: number;
  #window: Buffer = HEADER_DICTIONARY;
  #isFirst = true;

  /** @param maxBytes limit for one block's names and values, uncompressed */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws CodedError `PROTOCOL` for anything but a well-formed block within the limit. */
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

/** The part of earlier blocks and this one that a later block may refer to. */
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

/** Section 2.6.10: a count, then names and values, each after its length. All numbers have 32 bits. */
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
