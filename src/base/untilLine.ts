import type { ChildProcess } from 'node:child_process';
import { raceAbort } from './async.ts';

/** The number of characters to keep from the beginning of each output stream. */
const OUTPUT_LIMIT = 4_000;

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
  let output = '';
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(0, OUTPUT_LIMIT);
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(0, OUTPUT_LIMIT);
    const [found] = output
      .split('\n')
      .slice(0, -1)
      .map(parse)
      .filter((parsed) => parsed !== undefined);
    if (found !== undefined) resolve(found);
  });
  child.once('error', reject);
  child.once('close', (code, ended) =>
    reject(new Error(errorLine(errors) || `it exited with ${ended ?? code}`)),
  );
  return await raceAbort(promise, signal);
}

/**
 * Returns the first line that begins with the name of an error, as in a stack trace, or else the first line that is not
 * empty.
 */
function errorLine(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line !== '') ?? '';
}
