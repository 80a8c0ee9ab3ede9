import { isUtf8 } from 'node:buffer';
import { isPrintable } from './text.ts';

const HYPHEN = 0x2d;
const LINE_FEED = 0x0a;

/**
 * Quotes an argument for bash, zsh and other POSIX shells, so that the shell expands nothing in it. The result contains
 * no control characters, because a shell's line editor would act on them when the user pastes the command. An argument
 * that cannot be shown as text becomes a call to `printf`: `"$(printf …)"`. The result does not use `$'…'`, because
 * dash does not support it.
 * @throws RangeError for a NUL byte, which no argument can contain. Also for a line break at the end of an argument
 *   that needs `printf`, because `$(…)` would remove the line break
 */
export function quotePosix(bytes: Uint8Array): string {
  refuseNul(bytes);
  const text = asText(bytes);
  // Puts exclamation marks outside the single quotes and escapes them, because csh expands them even within quotes.
  if (text !== undefined) return `'${text.replaceAll("'", "'\\''").replaceAll('!', "'\\!'")}'`;
  if (bytes.at(-1) === LINE_FEED) throw new RangeError('a line break at the end of an argument');
  return `"$(printf ${printfFormat(bytes)})"`;
}

/**
 * Quotes an argument for fish, where a backslash escapes quotes and backslashes within single quotes. Bytes that need
 * the escape `\X` are outside the quotes, because fish does not interpret `\X` within quotes.
 */
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
  const escaped = Array.from(bytes, (byte, index) => {
    // Escapes a hyphen at the beginning of the format. Otherwise, `printf` would interpret the format as an option.
    const isItself = isPlain(byte) && !(index === 0 && byte === HYPHEN);
    return isItself ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `'${escaped.join('')}'`;
}

/**
 * Quotes a text for PowerShell. Escapes single quotes by doubling them, including typographic single quotes, which
 * PowerShell treats like ordinary single quotes.
 */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** Returns true if the bytes are text that {@link quotePosix} and {@link quoteFish} can show within quotes. */
export function isQuotable(bytes: Uint8Array): boolean {
  return asText(bytes) !== undefined;
}

/**
 * Decodes bytes that can be shown within quotes: UTF-8 without control characters or invisible characters. Returns
 * undefined for other bytes.
 */
function asText(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes).toString('utf8');
  return isPrintable(text) ? text : undefined;
}

/** Returns true if a byte has no special meaning, neither within the quotes of a shell nor in a `printf` format. */
function isPlain(byte: number): boolean {
  return /[A-Za-z0-9 _:=+/.,{}[\]()<>&;@#~?*|-]/.test(String.fromCharCode(byte));
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function refuseNul(bytes: Uint8Array): void {
  if (bytes.includes(0)) throw new RangeError('no argument of a program contains a NUL byte');
}
