import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes a program that its bare name starts on any system with `folder` in the PATH: a shell script, or a batch file on
 * Windows. Returns its path.
 * @param source an ES module for Node, which lies beside the program
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
