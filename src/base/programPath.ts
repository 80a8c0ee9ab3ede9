import { access, constants, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { EnvironmentVariables } from './environment.ts';

/** The folders that the system searches for programs if PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin';

/**
 * Returns the error code to report for a program that could not be started. If {@link findOnPath} does not find the
 * program, returns `ENOENT`. The system may have reported another code, such as `EACCES` if PATH contains a folder that
 * this user cannot enter. Returns `code` unchanged if the program exists, if `command` is a path, or on Windows.
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
  return (await findOnPath(command, environment)) === undefined ? 'ENOENT' : code;
}

/**
 * Returns the path of the first program with this name in the folders of `PATH`. Not for Windows. Ignores relative
 * folders, such as the empty entry, because the program is not always started in the folder of this process.
 */
export async function findOnPath(
  command: string,
  { PATH = DEFAULT_PATH }: EnvironmentVariables,
): Promise<string | undefined> {
  for (const folder of PATH.split(':').filter(isAbsolute)) {
    const file = join(folder, command);
    if (await isProgram(file)) return file;
  }
  return undefined;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
