import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EnvironmentVariables } from './environment.ts';

/** The folders that the system searches for programs if PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Returns the error code to report for a program that could not be started. If no folder of PATH contains the program,
 * returns `ENOENT`, although the system may have reported another code: `EACCES`, for example, if PATH contains a
 * folder that this user cannot enter. In all other cases, returns `code`.
 * @param code the code of the system's error
 * @param command the name or path with which the program was started
 * @param environment the environment of the program
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
