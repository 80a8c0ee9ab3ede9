import type { Readable } from 'node:stream';

/**
 * All bytes that `stream` has buffered, empty if there are none. One `read()` returns all of them up to Node 24, and only the
 * first chunk since Node 26.
 */
export function readBuffered(stream: Readable): Buffer {
  const chunks: Buffer[] = [];
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
