import type { Readable } from 'node:stream';
import { CodedError } from '../base/errors.ts';

/** Longer than any object that etcd stores (1.5 MiB), with room for what the server adds. Characters. */
const LINE_LIMIT = 16 * 1024 * 1024;

/**
 * The JSON values of a stream with one a line, as they come. Leaving the loop destroys the stream.
 * @throws CodedError `PROTOCOL` for a line that is no JSON or has no end; whatever ends the stream early
 */
export async function* readJsonLines(body: Readable): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const lines = decoder.decode(chunk, { stream: true }).split('\n');
    lines[0] = rest + lines[0];
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() !== '') yield parse(line);
    }
    if (rest.length > LINE_LIMIT) throw broken(`a line has more than ${LINE_LIMIT} characters`);
  }
  if (rest.trim() !== '') yield parse(rest);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw broken('a line is no JSON', error);
  }
}

function broken(reason: string, cause?: unknown): CodedError {
  return new CodedError('PROTOCOL', { protocol: 'watch', reason }, cause);
}
