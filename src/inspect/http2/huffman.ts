import { TapFault } from '../conversation.ts';

/**
 * The number of bits in the Huffman code of each byte and of the end-of-string symbol (RFC 7541 appendix B). Codes of
 * equal length ascend with their symbols, so the lengths alone determine all codes.
 */
const CODE_LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END_OF_STRING = 256;
const MAX_LENGTH = 30;
/** The maximum length of the padding at the end of a string, in bits: RFC 7541 section 5.2 allows less than a byte. */
const MAX_PADDING = 7;

/** For each code length: the first code, the number of codes, and the index of their first symbol in `symbols`. */
interface CodeTable {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly offset: Int32Array;
  readonly symbols: readonly number[];
}

const TABLE = createTable();

function createTable(): CodeTable {
  const first = new Int32Array(MAX_LENGTH + 1);
  const count = new Int32Array(MAX_LENGTH + 1);
  const offset = new Int32Array(MAX_LENGTH + 1);
  const symbols = [...CODE_LENGTHS.keys()].sort(
    (a, b) => (CODE_LENGTHS[a] ?? 0) - (CODE_LENGTHS[b] ?? 0) || a - b,
  );
  for (const length of CODE_LENGTHS) count[length] = (count[length] ?? 0) + 1;
  let code = 0;
  let before = 0;
  for (let length = 1; length <= MAX_LENGTH; length++) {
    code <<= 1;
    first[length] = code;
    offset[length] = before;
    code += count[length] ?? 0;
    before += count[length] ?? 0;
  }
  return { first, count, offset, symbols };
}

/**
 * Decodes a Huffman-coded string (RFC 7541 section 5.2). Returns text with one character per byte.
 * @throws TapFault for an invalid string
 */
export function decodeHuffman(bytes: Buffer): string {
  const decoded = Buffer.allocUnsafe(Math.floor((bytes.length * 8) / 5) + 1);
  let length = 0;
  let code = 0;
  let bits = 0;
  for (const byte of bytes) {
    for (let shift = 7; shift >= 0; shift--) {
      code = (code << 1) | ((byte >> shift) & 1);
      bits++;
      const index = code - (TABLE.first[bits] ?? 0);
      if (index < (TABLE.count[bits] ?? 0) && index >= 0) {
        const symbol = TABLE.symbols[(TABLE.offset[bits] ?? 0) + index] ?? END_OF_STRING;
        if (symbol === END_OF_STRING) throw new TapFault('logging stopped: invalid header block');
        decoded[length++] = symbol;
        code = 0;
        bits = 0;
      }
    }
  }
  const isPadding = bits <= MAX_PADDING && code === (1 << bits) - 1;
  if (!isPadding) throw new TapFault('logging stopped: invalid header block');
  return decoded.toString('latin1', 0, length);
}
