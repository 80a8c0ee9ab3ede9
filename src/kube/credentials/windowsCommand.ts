import { stat } from 'node:fs/promises';
import { win32 } from 'node:path';
import { copyEnvironment, type EnvironmentVariables } from '../../base/environment.ts';
import { windowsTool } from '../../base/localSystem.ts';

/** Programs that Windows starts itself, and those that `cmd.exe` runs. */
const PROGRAM = /\.(com|exe)$/i;
const BATCH_FILE = /\.(bat|cmd)$/i;
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';
/** Arguments of only these characters mean the same to `cmd.exe` with and without quotes. */
const PLAIN = /^[\w#$*+\-./:?@\\]+$/;
/** Characters that `cmd.exe` interprets even within quotes: it replaces `%NAME%`, and a line break ends the command. */
const UNQUOTABLE = /[%"\r\n\0]/;

/** How to start a program on Windows. */
export type WindowsCommand =
  | {
      readonly type: 'found';
      readonly file: string;
      readonly arguments: readonly string[];
      /** True to pass the arguments unchanged, without Node's quoting. */
      readonly isVerbatim: boolean;
    }
  | { readonly type: 'missing' }
  /** A batch file with a path or an argument that `cmd.exe` would change. */
  | { readonly type: 'unquotable' };

/**
 * Finds a program as client-go does on Windows: a bare name in the folders of `PATH` and never in the current one, a
 * name without an extension with those of `PATHEXT`. `cmd.exe` runs batch files, which Node refuses to start itself
 * (CVE-2024-27980).
 * @param isFile for tests
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
  const line = [`"${path}"`, ...args.map(quoted)].join(' ');
  return {
    type: 'found',
    file: windowsTool('cmd.exe', { environment: variables }),
    // `/d`: no AutoRun of the registry; `/v:off`: `!` is no variable; `/s`: removes only the outer quotes.
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

/** The program behind a batch file reads a backslash before a quote as an escape. */
function quoted(argument: string): string {
  return PLAIN.test(argument) ? argument : `"${argument.replace(/\\+$/, '$&$&')}"`;
}

async function isRegularFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
