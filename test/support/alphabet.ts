import { createHash } from 'node:crypto';

/** The repeated content of the demo cluster's web server: whole alphabets. */
export const ALPHABET = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(2520));

/** Returns the SHA-256 of the first bytes in hexadecimal. */
export function alphabetHash(bytes: number): string {
  const hash = createHash('sha256');
  for (let left = bytes; left > 0; left -= ALPHABET.length) hash.update(ALPHABET.subarray(0, left));
  return hash.digest('hex');
}
