import { isUtf8 } from 'node:buffer';
import { isPrintable } from '../../base/text.ts';

/**
 * Quotes an argument for bash, zsh and other POSIX shells, without expansions. The text contains no control character, which a
 * shell's line editor would obey when the text is pasted: such bytes are escaped in `$'…'`.
 * @throws RangeError for a NUL byte, which no argument can contain
 */
export function quotePosix(bytes: Uint8Array): string {
  refuseNul(bytes);
  const text = asText(bytes);
  // In csh, an exclamation mark is special within quotes too.
  if (text !== undefined) return `'${text.replaceAll("'", "'\\''").replaceAll('!', "'\\!'")}'`;
  const escaped = Array.from(bytes, (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `\\x${hex(byte)}`,
  );
  return `$'${escaped.join('')}'`;
}

/** Quotes an argument for fish, in whose quotes a backslash escapes. Bytes that need an escape are outside the quotes. */
export function quoteFish(bytes: Uint8Array): string {
  refuseNul(bytes);
  const text = asText(bytes);
  if (text !== undefined) return `'${text.replace(/[\\']/g, '\\$&')}'`;
  const escaped = Array.from(bytes, (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `'\\X${hex(byte)}'`,
  );
  return `'${escaped.join('')}'`.replaceAll("''", '');
}

/** Returns a `printf` format that prints the bytes, including NUL, in every POSIX shell and in fish. */
export function printfFormat(bytes: Uint8Array): string {
  const escaped = Array.from(bytes, (byte) =>
    isPlain(byte) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `'${escaped.join('')}'`;
}

/** Quotes a text for PowerShell, which also accepts typographic single quotes as quotes. */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Quotes an argument for the Windows Command Prompt: first by the rules of the C runtime, which splits the command line, then
 * with a caret before each character that is special to the Command Prompt. A caret after a percent sign prevents the expansion
 * of variables. Undefined for text other than printable ASCII, which the Command Prompt cannot take.
 */
export function quoteCmd(text: string): string | undefined {
  if (/[^\x20-\x7e]/.test(text)) return undefined;
  const quoted = `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
  return quoted.replace(/(?<=%).|[^A-Za-z0-9 _:=+/.,\\-]/g, '^$&');
}

/** Returns the text if it can be shown within quotes: UTF-8 without control characters or invisible characters. */
function asText(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  return isPrintable(text) ? text : undefined;
}

/** Returns whether a byte means itself in every kind of quotes and in a `printf` format. */
function isPlain(byte: number): boolean {
  return /[A-Za-z0-9 _:=+/.,{}[\]()<>&;@#~?*|-]/.test(String.fromCharCode(byte));
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function refuseNul(bytes: Uint8Array): void {
  if (bytes.includes(0)) throw new RangeError('no argument of a program contains a NUL byte');
}
