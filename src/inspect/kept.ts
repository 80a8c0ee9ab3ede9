import { isUtf8 } from 'node:buffer';

/**
 * Returns a copy of a text that a peer sent, cut to `limit` bytes. Copies the text, because a substring would keep the
 * whole original string in memory. The text has one character per byte (Latin-1); if the bytes are valid UTF-8, the
 * copy is decoded.
 */
export function keptText(text: string, limit: number): string {
  const bytes = Buffer.from(text.length > limit ? text.slice(0, limit) : text, 'latin1');
  const copy = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  // Uses three dots instead of `…`, because V8 would store a text with `…` with two bytes per character.
  return text.length > limit ? `${copy}...` : copy;
}

/**
 * Returns a copy with memory of its own. `Buffer.from` would put a small copy into a block of memory that many buffers
 * share, and the whole block would stay in memory as long as the copy.
 */
export function keptBytes(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/**
 * Returns a copy of the first `limit` characters of a text. Copies them, because a substring would keep the whole
 * original string in memory.
 */
export function keptBeginning(text: string, limit: number): string {
  return Buffer.from(text.slice(0, limit)).toString();
}
