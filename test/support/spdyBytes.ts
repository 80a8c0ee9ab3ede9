import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SpdyRandom } from './spdyRandom.ts';

/** Parses hex digits; blanks, line breaks and `|` between them are for the reader. */
export function hex(text: string): Buffer {
  const digits = text.replace(/[\s|]/g, '');
  if (!/^([0-9a-f]{2})*$/.test(digits)) throw new Error(`not hex: ${text}`);
  return Buffer.from(digits, 'hex');
}

/** A way to cut bytes into pieces, none of them empty. */
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

/** Lets all pending work happen: ticks, promises, and two turns of the event loop for held-back bytes. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await nextTurn();
}
