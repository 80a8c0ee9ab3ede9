import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { raceAbort } from './async.ts';

/**
 * The maximum length of a line in characters. The rest of a longer line is dropped, so that output without line breaks
 * does not fill the memory.
 */
const LINE_LIMIT = 4_000;

/**
 * Calls `parse` with each line of the child's standard output, and resolves with the first result that is not
 * undefined. The caller ends the child process.
 * @throws Error if the child does not start or ends first, with the first error that the child printed or with its exit
 *   status; the signal's reason when aborted
 */
export async function untilLine<T>(
  child: ChildProcess,
  parse: (line: string) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let isSettled = false;
  // Two lines of the child's standard error, for the error if the child fails: the first line that is not empty, and
  // the first line that begins with the name of an error, such as `TypeError: …`. The line with the name of an error is
  // preferred: Node prints source code before it, so the first line says little.
  let firstLine: string | undefined;
  let errorLine: string | undefined;
  onLine(child.stderr, (line) => {
    const text = line.trim();
    firstLine ??= text || undefined;
    if (/^\w*Error\b/.test(text)) errorLine ??= text;
  });
  onLine(child.stdout, (line, isComplete) => {
    if (isSettled || !isComplete) return;
    const found = parse(line);
    if (found === undefined) return;
    isSettled = true;
    resolve(found);
  });
  child.once('error', reject);
  child.once('close', (code, ended) =>
    reject(new Error(errorLine ?? firstLine ?? `it exited with ${ended ?? code}`)),
  );
  return await raceAbort(promise, signal);
}

/** Calls `handle` with each line of a stream, also with a last line that has no line break and so may be incomplete. */
function onLine(stream: Readable | null, handle: (line: string, isComplete: boolean) => void): void {
  let last = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...others] = text.split('\n');
    last = (last + first).slice(0, LINE_LIMIT);
    for (const next of others) {
      handle(last, true);
      last = next.slice(0, LINE_LIMIT);
    }
  });
  stream?.once('end', () => handle(last, false));
}
