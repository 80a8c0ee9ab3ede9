import { quoteFish, quotePosix, quotePowerShell } from './quoting.ts';
import { printable } from './text.ts';

/** The types of shells. Each type quotes values differently. */
export type ShellKind = 'posix' | 'fish' | 'powershell' | 'cmd';

/** Returns the type of a shell, given the path of its program. Unknown shells count as POSIX shells. */
export function shellKind(path: string): ShellKind {
  const name = /([^\\/]*?)(?:\.exe)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (name.startsWith('pwsh') || name.startsWith('powershell')) return 'powershell';
  if (name === 'cmd' || name === 'fish') return name;
  return 'posix';
}

/**
 * Returns shell code that sets the variables, one line for each. The user pastes the lines into a shell, or a shell
 * evaluates the output of this program. In both cases, the shell expands nothing in a value and runs no part of it.
 * @throws RangeError for a value that the shell cannot represent
 */
export function exportLines(
  variables: Readonly<Record<string, string>>,
  shell: ShellKind,
): readonly string[] {
  return Object.entries(variables).map(([name, value]) => exportLine(name, value, shell));
}

function exportLine(name: string, value: string, shell: ShellKind): string {
  switch (shell) {
    case 'posix':
      return `export ${name}=${quotePosix(Buffer.from(value))}`;
    case 'fish':
      return `set -gx ${name} ${quoteFish(Buffer.from(value))}`;
    case 'powershell':
      return `$env:${name} = ${powerShellText(value)}`;
    case 'cmd':
      return `set "${name}=${cmdText(value)}"`;
  }
}

/**
 * Returns a PowerShell expression for the value. Control characters are written as numbers (`'a' + [char]10 + 'b'`), so
 * that a line break in the value does not end the line that the user pastes.
 */
function powerShellText(value: string): string {
  return quotePowerShell(value).replace(
    /\p{Cc}/gu,
    (character) => `' + [char]${character.charCodeAt(0)} + '`,
  );
}

/**
 * Returns the value. Throws if the value contains a character that the Command Prompt interprets even within quotes,
 * because such a character cannot be escaped.
 */
function cmdText(value: string): string {
  if (/["%!\p{Cc}]/u.test(value)) throw new RangeError('a value that the Command Prompt would change');
  return value;
}

/**
 * Quotes a word of a command line that this program prints, if necessary. A user can paste the command line into any
 * usual shell of the system, and the shell expands and runs nothing in the word. Escapes unprintable characters in the
 * same way as {@link printable}.
 */
export function quoteWord(word: string, isWindows: boolean = process.platform === 'win32'): string {
  const text = printable(word);
  if (!isWindows) {
    // Quotes a word that begins with an equals sign, because zsh replaces `=ls` with the path of the program `ls`.
    return /^[\w./@:,-][\w./@:,=-]*$/.test(text) ? text : quotePosix(Buffer.from(text));
  }
  if (/^[\w./:\\-][\w./:\\=-]*$/.test(text)) return text;
  // Uses double quotes, which both PowerShell and the Command Prompt accept, unless the text contains a character that
  // one of the two shells interprets within double quotes. For PowerShell, typographic double quotes are such
  // characters, because they end the text.
  const isProtected = !/["$`%!\u201c-\u201e]/.test(text);
  return isProtected ? `"${text}"` : quotePowerShell(text);
}
