import { quoteFish, quotePosix, quotePowerShell } from './quoting.ts';
import { printable } from './text.ts';

/** The kinds of shells whose quoting differs. */
export type ShellKind = 'posix' | 'fish' | 'powershell' | 'cmd';

/** Returns the kind of a shell, given the path of its program. Unknown shells count as POSIX shells. */
export function shellKind(path: string): ShellKind {
  const name = /([^\\/]*?)(?:\.exe)?$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  if (name.startsWith('pwsh') || name.startsWith('powershell')) return 'powershell';
  if (name === 'cmd' || name === 'fish') return name;
  return 'posix';
}

/**
 * Returns shell code that sets the variables, one line for each. A person pastes the lines into a shell, or a shell
 * evaluates them. The shell expands and runs nothing in a value.
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

/** Returns an expression without control characters: `'a' + [char]10 + 'b'`. */
function powerShellText(value: string): string {
  return quotePowerShell(value).replace(
    /\p{Cc}/gu,
    (character) => `' + [char]${character.charCodeAt(0)} + '`,
  );
}

/** Throws for the characters that are special within the quotes of the Command Prompt, which have no escape there. */
function cmdText(value: string): string {
  if (/["%!\p{Cc}]/u.test(value)) throw new RangeError('a value that the Command Prompt would change');
  return value;
}

/**
 * Quotes a word of a command that is printed for a person, if necessary, for the usual shells of the system. The shell
 * runs nothing in the word. Characters that are not printable are escaped as in messages.
 */
export function quoteWord(word: string, isWindows: boolean = process.platform === 'win32'): string {
  const text = printable(word);
  if (!isWindows) {
    // zsh replaces a word that begins with an equals sign.
    return /^[\w./@:,-][\w./@:,=-]*$/.test(text) ? text : quotePosix(Buffer.from(text));
  }
  if (/^[\w./:\\-][\w./:\\=-]*$/.test(text)) return text;
  // PowerShell and the Command Prompt both know double quotes, but expand different characters within them. PowerShell
  // also accepts typographic quotes.
  const isProtected = !/["$`%!\u201c-\u201e]/.test(text);
  return isProtected ? `"${text}"` : quotePowerShell(text);
}
