import { isUtf8 } from 'node:buffer';
import { isPrintable } from '../../base/text.ts';
import { REDACTED } from '../../rpc/exchanges.ts';

const HYPHEN = 0x2d;
const LINE_FEED = 0x0a;

/**
 * Quotes an argument for bash, zsh and other POSIX shells, without expansions. The text contains no control character, which a
 * shell's line editor would obey when the text is pasted: `printf` makes such bytes, because dash does not know `$'…'`.
 * @throws RangeError for a NUL byte, which no argument can contain, and for a line break at the end, which `$(…)` would drop
 */
export function quotePosix(bytes: Uint8Array): string {
  refuseNul(bytes);
  const text = asText(bytes);
  // In csh, an exclamation mark is special within quotes too.
  if (text !== undefined) return `'${text.replaceAll("'", "'\\''").replaceAll('!', "'\\!'")}'`;
  if (bytes.at(-1) === LINE_FEED) throw new RangeError('a line break at the end of an argument');
  return `"$(printf ${printfFormat(bytes)})"`;
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
  const escaped = Array.from(bytes, (byte, index) => {
    // A hyphen at the beginning would begin an option.
    const isItself = isPlain(byte) && !(index === 0 && byte === HYPHEN);
    return isItself ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `'${escaped.join('')}'`;
}

/** Quotes a text for PowerShell, which also accepts typographic single quotes as quotes. */
export function quotePowerShell(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/**
 * Quotes an argument for the Windows Command Prompt: first by the rules of the C runtime, which splits the command line, then
 * with a caret before each character that is special to the Command Prompt. The character behind a percent sign stands outside the
 * quotation marks, so that no variable has such a name, whether variables are expanded before carets (Windows) or after (Wine).
 * Undefined for text that the Command Prompt cannot take: other than printable ASCII and the placeholder of a redacted value.
 */
export function quoteCmd(text: string): string | undefined {
  if (/[^\x20-\x7e]/.test(text.replaceAll(REDACTED, ''))) return undefined;
  const quoted = `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
  return quoted.replace(/%([^ "\\%])/g, '%"$1"').replace(/[^A-Za-z0-9 _:=+/.,\\-]/g, '^$&');
}

/** Returns true if {@link quotePosix} and {@link quoteFish} show the bytes as they are. */
export function isQuotable(bytes: Uint8Array): boolean {
  return asText(bytes) !== undefined;
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
