import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

/**
 * The maximum number of content encodings of a body that is decoded. A peer could name thousands, and each encoding
 * needs a decoder. Most bodies have one encoding.
 */
const ENCODINGS_LIMIT = 5;

export interface DecodedBody {
  readonly body: Buffer;
  /** False if `body` is only the beginning of the decoded body, or if decoding failed. */
  readonly isComplete: boolean;
}

/**
 * Decodes the content encodings of a body (RFC 9110 section 8.4), so that its content can be redacted. A body in an
 * unknown encoding, or in more than {@link ENCODINGS_LIMIT}, becomes empty. Never rejects.
 * @param encoding the value of `Content-Encoding`, which lists the encodings in the order in which they were applied
 * @param limitBytes the maximum number of bytes that each decoder returns. The rest of the body is dropped
 */
export async function decodeBody(body: Buffer, encoding: string, limitBytes: number): Promise<DecodedBody> {
  const encodings = encoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  if (encodings.length > ENCODINGS_LIMIT) return { body: Buffer.alloc(0), isComplete: false };
  let decoded: DecodedBody = { body, isComplete: true };
  for (const name of encodings.reverse()) {
    if (decoded.body.length === 0) break;
    const decoder = createDecoder(name, decoded.body);
    if (decoder === undefined) return { body: Buffer.alloc(0), isComplete: false };
    const step = await run(decoder, decoded.body, limitBytes);
    decoded = { body: step.body, isComplete: decoded.isComplete && step.isComplete };
  }
  return decoded;
}

function createDecoder(encoding: string, body: Buffer): Transform | undefined {
  // Sets the decoders to return what they can decode of a truncated body, instead of an error at its end.
  const cutOff = { finishFlush: constants.Z_SYNC_FLUSH };
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(cutOff);
    case 'deflate':
      // Some servers send raw deflate data (RFC 1951) without a zlib header (RFC 1950). The low four bits of the first
      // byte are 8 in a zlib header, so other values mean raw data.
      return ((body[0] ?? 0) & 0x0f) === 8 ? createInflate(cutOff) : createInflateRaw(cutOff);
    case 'br':
      return createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH });
    case 'zstd':
      return createZstdDecompress();
    default:
      return undefined;
  }
}

function run(decoder: Transform, body: Buffer, limitBytes: number): Promise<DecodedBody> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const settle = (isComplete: boolean) => {
      decoder.destroy();
      resolve({ body: Buffer.concat(parts, Math.min(length, limitBytes)), isComplete });
    };
    decoder.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > limitBytes) settle(false);
    });
    decoder.on('end', () => settle(true));
    decoder.on('error', () => settle(false));
    decoder.end(body);
  });
}
