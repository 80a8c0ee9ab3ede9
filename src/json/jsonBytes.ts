// ASCII codes of the characters that the code in this folder uses to recognize JSON tokens (RFC 8259 section 2).
export const QUOTE = 0x22;
export const COMMA = 0x2c;
const MINUS = 0x2d;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const FALSE = 0x66;
export const NULL = 0x6e;
const TRUE = 0x74;

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function beginsNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === MINUS;
}

export function beginsBoolean(byte: number): boolean {
  return byte === TRUE || byte === FALSE;
}

/**
 * Returns true for a byte that may follow a number, `true`, `false` or `null` in valid JSON. Such a value has no
 * closing byte: it ends before this byte.
 */
export function endsLiteral(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isSpace(byte);
}
