import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SpdyRandom } from './spdyRandom.ts';

/** Parses hexadecimal digits. Ignores blanks, line breaks and `|`, which make the digits easier to read. */
export function hex(text: string): Buffer {
  const digits = text.replace(/[\s|]/g, '');
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${text}`);
  return Buffer.from(digits, 'hex');
}

/** A function that cuts bytes into pieces that are not empty. */
export type Cut = (bytes: Buffer) => Buffer[];

export const uncut: Cut = (bytes) => [bytes];

export const everyByte: Cut = (bytes) => Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));

/** Cuts at random places, often close together, so that frame headers are cut too. */
export function randomCut(random: SpdyRandom): Cut {
  return (bytes) => {
    const pieces: Buffer[] = [];
    for (let offset = 0; offset < bytes.length; ) {
      const length = 1 + random.below(random.below(4) === 0 ? 400 : 12);
      pieces.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    return pieces;
  };
}

/** Waits several turns of the event loop, until promises have settled and the tested code has sent delayed bytes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn();
}
