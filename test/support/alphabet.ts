import { createHash } from 'node:crypto';

/** The content of the demo cluster's `/bytes`: the whole alphabet, repeated. */
export const ALPHABET = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(2520));

/** Returns the SHA-256 hash of the first `bytes` bytes of the repeated alphabet, in hexadecimal. */
export function alphabetHash(bytes: number): string {
  const hash = createHash('sha256');
  for (let left = bytes; left > 0; left -= ALPHABET.length) hash.update(ALPHABET.subarray(0, left));
  return hash.digest('hex');
}
