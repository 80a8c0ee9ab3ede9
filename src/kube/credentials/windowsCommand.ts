import { stat } from 'node:fs/promises';
import { win32 } from 'node:path';
import { copyEnvironment, type EnvironmentVariables } from '../../base/environment.ts';
import { windowsTool } from '../../base/localSystem.ts';
import { withoutEnd } from '../../base/text.ts';

/**
 * Names of programs that Windows starts itself (`PROGRAM`), and of batch files, which `cmd.exe` runs (`BATCH_FILE`).
 */
const PROGRAM = /\.(com|exe)$/i;
const BATCH_FILE = /\.(bat|cmd)$/i;
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';
/** An argument that needs no quotation marks, because `cmd.exe` interprets none of these characters. */
const PLAIN = /^[\w#$*+\-./:?@\\]+$/;
/**
 * Characters that `cmd.exe` changes even between quotation marks. For example, `cmd.exe` replaces `%NAME%`, and a line
 * break ends the command. A batch file whose path or arguments contain such a character is not started (`unquotable`).
 */
const UNQUOTABLE = /[%"\r\n\0]/;

/** How to start a program on Windows. */
export type WindowsCommand =
  | {
      readonly type: 'found';
      readonly file: string;
      readonly arguments: readonly string[];
      /** True if Node must pass the arguments unchanged, without adding quotation marks. */
      readonly isVerbatim: boolean;
    }
  | { readonly type: 'missing' }
  /** The program is a batch file with a path or an argument that `cmd.exe` would change. */
  | { readonly type: 'unquotable' };

/**
 * Finds a program on Windows as client-go does. A bare name is looked up in the folders of `PATH`, never in the current
 * folder. The extensions of `PATHEXT` are added to a name without extension. Batch files are run with `cmd.exe`,
 * because Node refuses to start them (CVE-2024-27980).
 * @param isFile returns true if a path is a regular file; replaced in tests
 */
export async function findWindowsCommand(
  command: string,
  args: readonly string[],
  environment: EnvironmentVariables,
  isFile: (path: string) => Promise<boolean> = isRegularFile,
): Promise<WindowsCommand> {
  const variables = copyEnvironment(environment, 'win32');
  const path = await findFile(command, variables, isFile);
  if (path === undefined) return { type: 'missing' };
  if (!BATCH_FILE.test(path)) return { type: 'found', file: path, arguments: args, isVerbatim: false };
  if ([path, ...args].some((text) => UNQUOTABLE.test(text))) return { type: 'unquotable' };
  const line = [`"${path}"`, ...args.map(quoteBatchArgument)].join(' ');
  return {
    type: 'found',
    file: windowsTool('cmd.exe', { environment: variables }),
    // `/d` skips the AutoRun commands of the registry, `/v:off` keeps `!NAME!` as it is, and `/s` removes only the
    // outer quotation marks.
    arguments: ['/d', '/v:off', '/s', '/c', `"${line}"`],
    isVerbatim: true,
  };
}

async function findFile(
  command: string,
  { PATH = '', PATHEXT }: EnvironmentVariables,
  isFile: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  const extensions = (PATHEXT || DEFAULT_EXTENSIONS)
    .split(';')
    .map((extension) => extension.trim().toLowerCase())
    .filter((extension) => PROGRAM.test(extension) || BATCH_FILE.test(extension));
  for (const place of placesOf(command, PATH)) {
    const isComplete = PROGRAM.test(place) || BATCH_FILE.test(place);
    const names = [...(isComplete ? [place] : []), ...extensions.map((extension) => place + extension)];
    for (const name of names) if (await isFile(name)) return name;
  }
  return undefined;
}

function placesOf(command: string, path: string): readonly string[] {
  if (/[\\/:]/.test(command)) return [win32.normalize(command)];
  return path
    .split(';')
    .map((folder) => folder.trim().replace(/^"(.*)"$/, '$1'))
    .filter((folder) => win32.isAbsolute(folder))
    .map((folder) => win32.join(folder, command));
}

/**
 * Puts an argument in quotation marks if necessary. Doubles backslashes at the end of the argument: otherwise, the
 * program that the batch file starts would read the last backslash and the closing quotation mark as an escape
 * sequence.
 */
export function quoteBatchArgument(argument: string): string {
  if (PLAIN.test(argument)) return argument;
  const backslashes = argument.slice(withoutEnd(argument, '\\').length);
  return `"${argument}${backslashes}"`;
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
