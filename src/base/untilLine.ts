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
 * @throws the system's error if the child does not start; the signal's reason when aborted; an Error if the child ends
 *   without a result of `parse`. The Error contains the first error that the child printed, or the child's exit status
 */
export async function untilLine<T>(
  child: ChildProcess,
  parse: (line: string) => T | undefined,
  signal: AbortSignal,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let isSettled = false;
  // Two lines of the child's standard error, for the message of the Error if the child fails. `firstLine` is the first
  // line that is not empty. `errorLine` is the first line that begins with the name of an error, such as
  // `TypeError: …`. The message prefers `errorLine`, because Node prints source code before the error.
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

/**
 * Calls `handle` with each line of a stream. At the end of the stream, calls it with the text after the last line break
 * and `isComplete` false, because this text may be only the beginning of a line.
 */
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
