import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentVariables } from './environment.ts';

/** Where the system looks if PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Returns the code of the error with which a program could not be started, but `ENOENT` if no folder of PATH has the program. The system
 * reports the last obstacle instead, such as `EACCES` for a folder that this user cannot enter.
 * @param code of the system's error
 * @param command as it was started: a name, or a path
 * @param environment of the program
 */
export async function startErrorCode(
  code: string,
  command: string,
  environment: EnvironmentVariables,
): Promise<string> {
  if (process.platform === 'win32' || command.includes('/')) return code;
  return (await isOnPath(command, environment['PATH'] ?? DEFAULT_PATH)) ? code : 'ENOENT';
}

async function isOnPath(command: string, path: string): Promise<boolean> {
  for (const folder of path.split(':')) if (await isProgram(join(folder, command))) return true;
  return false;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
