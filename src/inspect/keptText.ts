import { isUtf8 } from 'node:buffer';

/**
 * Returns a copy of a peer's text of one character a byte, as UTF-8 if it is that, cut to `limit` bytes. A part of a string would keep
 * the whole string in memory.
 */
export function keptText(text: string, limit: number): string {
  const bytes = Buffer.from(text.length > limit ? text.slice(0, limit) : text, 'latin1');
  const copy = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  return text.length > limit ? `${copy}…` : copy;
}
