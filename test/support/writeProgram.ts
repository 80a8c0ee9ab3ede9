import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a program that can be started by its name on any system, if `folder` is in the PATH. The program is a shell
 * script, or a batch file on Windows. Returns the path of the program.
 * @param source the ES module that the program runs with Node
 */
export function writeProgram(folder: string, name: string, source: string): string {
  const module = join(folder, `${name}.mjs`);
  writeFileSync(module, source);
  const isWindows = process.platform === 'win32';
  const path = join(folder, isWindows ? `${name}.cmd` : name);
  const command = `"${process.execPath}" "${module}"`;
  const text = isWindows ? `@${command} %*\r\n` : `#!/bin/sh\nexec ${command} "$@"\n`;
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}
