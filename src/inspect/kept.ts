import { isUtf8 } from 'node:buffer';

/**
 * Returns a copy of a peer's text of one character a byte, as UTF-8 if it is that, cut to `limit` bytes. A part of a string would keep
 * the whole string in memory.
 */
export function keptText(text: string, limit: number): string {
  const bytes = Buffer.from(text.length > limit ? text.slice(0, limit) : text, 'latin1');
  const copy = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  // A typographic ellipsis would double the memory of the whole text.
  return text.length > limit ? `${copy}...` : copy;
}

/** Returns a copy with memory of its own: that of a small `Buffer.from` is a part of 64 KiB, which live as long as any part of them. */
export function keptBytes(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Returns a copy of the beginning of a text, which may have any characters. */
export function keptBeginning(text: string, limit: number): string {
  return Buffer.from(text.slice(0, limit)).toString();
}
