import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The maximum number of file handles of the program. This number includes the handles that Node itself uses. */
const LIMIT = 64;

/**
 * Defines `useAllFiles` for the program. The function opens files until only `spare` handles are left, and returns a
 * function that closes the files.
 */
const PRELUDE = `
  import { closeSync, openSync } from 'node:fs';
  const useAllFiles = (spare = 0) => {
    const handles = [];
    try {
      for (;;) handles.push(openSync('/dev/null'));
    } catch {}
    for (const handle of handles.splice(handles.length - spare)) closeSync(handle);
    return () => handles.forEach((handle) => closeSync(handle));
  };
`;

/**
 * Runs the text of a module in a Node process that may have few file handles, and returns the output of the module. The
 * module can call `useAllFiles` to use all handles, and then the returned function to free the handles. Not for
 * Windows.
 * @throws Error if the program fails; its message contains the standard error
 */
export async function runWithFewFiles(program: string): Promise<string> {
  const run = `ulimit -n ${LIMIT}; exec "$0" --input-type=module -e "$1"`;
  const { stdout } = await promisify(execFile)('sh', ['-c', run, process.execPath, PRELUDE + program]);
  return stdout;
}
