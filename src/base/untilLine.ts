import type { ChildProcess } from 'node:child_process';
import { raceAbort } from './async.ts';

/** The most characters to keep of each stream. */
const OUTPUT_LIMIT = 4_000;

/**
 * Resolves with the first defined result of `parse` for a line of the child's standard output. The caller ends the child.
 * @throws Error the reason why the child did not start or ended first: the first error that it printed, or its exit status; the
 *   signal's reason when aborted
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

/** Returns the line that names the error, as in a stack trace, or else the first one. */
function errorLine(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line !== '') ?? '';
}
