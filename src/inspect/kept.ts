import { isUtf8 } from 'node:buffer';

/**
 * Returns a copy of a peer's text, which has one character per byte. Decodes valid UTF-8 and cuts the text to `limit` bytes. A
 * substring would keep the whole string in memory.
 */
export function keptText(text: string, limit: number): string {
  const bytes = Buffer.from(text.length > limit ? text.slice(0, limit) : text, 'latin1');
  const copy = bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  // A typographic ellipsis would double the memory of the whole text.
  return text.length > limit ? `${copy}...` : copy;
}

/** Returns a copy with memory of its own. A small `Buffer.from` is part of a block of 64 KiB, which stays in memory as long as any part of it. */
export function keptBytes(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Returns a copy of the beginning of a text of any characters. */
export function keptBeginning(text: string, limit: number): string {
  return Buffer.from(text.slice(0, limit)).toString();
}
