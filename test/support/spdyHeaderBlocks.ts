import { hex } from './spdyBytes.ts';

// Creates header blocks of SPDY frames. Their bytes are in the zlib format, but in blocks that deflate stores without
// compression (RFC 1951 section 3.2.4), so that a test can choose each byte.

/**
 * The bytes before the first header block in each direction: the zlib header (RFC 1950 section 2.2), and the ID of
 * SPDY's dictionary.
 */
export const ZLIB_HEADER = hex('78bb e3c6a7c2');

/**
 * Returns a header block before compression: the number of headers, and then for each header the length of the name,
 * the name, the length of the value, and the value.
 * @param count the number of headers to write; a wrong number makes the block invalid; optional
 */
export function plainBlock(headers: readonly (readonly [string, string])[], count = headers.length): Buffer {
  const texts = headers.flat().map((text) => Buffer.from(text));
  return Buffer.concat([uint32(count), ...texts.flatMap((text) => [uint32(text.length), text])]);
}

/** Returns a header block in the zlib format without compression, with the sync flush that ends the header block. */
export function storedBlock(plain: Buffer, isFirst = true): Buffer {
  const length = Buffer.alloc(5);
  length.writeUInt16LE(plain.length, 1);
  length.writeUInt16LE(plain.length ^ 0xffff, 3);
  return Buffer.concat([...(isFirst ? [ZLIB_HEADER] : []), length, plain, hex('000000ffff')]);
}

/** Returns a SPDY control frame. */
export function controlFrame(type: number, body: Buffer, flags = 0): Buffer {
  const header = hex('8003 0000 00000000');
  header.writeUInt16BE(type, 2);
  header.writeUInt32BE(body.length, 4);
  header[4] = flags;
  return Buffer.concat([header, body]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
