import type { Readable } from 'node:stream';

/**
 * Returns all buffered bytes of `stream`, or an empty buffer. Up to Node 24, one `read()` returns all buffered bytes;
 * since Node 26, it returns only the first chunk.
 */
export function readBuffered(stream: Readable): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
