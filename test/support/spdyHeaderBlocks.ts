import { hex } from './spdyBytes.ts';

// Creates header blocks without compression, in stored blocks of deflate (RFC 1951 section 3.2.4).

/**
 * The start of the first header block in each direction: the zlib header (CMF, and FLG with FDICT) and the ID of the
 * dictionary.
 */
export const ZLIB_HEADER = hex('78bb e3c6a7c2');

/** Returns a header block before compression: the number of headers, and then each name and value after its length. */
export function plainBlock(headers: readonly (readonly [string, string])[], count = headers.length): Buffer {
  const texts = headers.flat().map((text) => Buffer.from(text));
  return Buffer.concat([uint32(count), ...texts.flatMap((text) => [uint32(text.length), text])]);
}

/** Returns a header block as a stored block, followed by the sync flush that ends it. */
export function storedBlock(plain: Buffer, isFirst = true): Buffer {
  const length = Buffer.alloc(5);
  length.writeUInt16LE(plain.length, 1);
  length.writeUInt16LE(plain.length ^ 0xffff, 3);
  return Buffer.concat([...(isFirst ? [ZLIB_HEADER] : []), length, plain, hex('000000ffff')]);
}

/** Returns a control frame with a body. */
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
