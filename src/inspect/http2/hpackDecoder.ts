import { TapFault } from '../conversation.ts';
import type { Field } from '../field.ts';
import { decodeHuffman } from './huffman.ts';
import { STATIC_TABLE } from './staticTable.ts';

// Numbers that RFC 7541 defines in sections 4.1, 4.2, 5.1 and 6.
const ENTRY_OVERHEAD = 32;
const DEFAULT_TABLE_BYTES = 4_096;
const INDEXED = 0x80;
const INCREMENTAL = 0x40;
const SIZE_UPDATE = 0x20;
const HUFFMAN = 0x80;
/**
 * The maximum size of the dynamic table, in bytes. A block that sets a larger size is rejected: no known peer uses more
 * than 65,536.
 */
const MAX_TABLE_BYTES = 256 * 1024;
/**
 * The maximum size of the decoded fields of a block, in bytes as RFC 7541 counts them. With more, logging stops. The
 * limit for the encoded block is not enough, because a few encoded bytes may refer to many large fields of the table.
 */
const MAX_FIELDS_BYTES = 512 * 1024;
/**
 * The maximum shift of the last byte of an integer, in bits. RFC 7541 section 5.1 splits large integers into bytes with
 * 7 bits of the value each, so 28 allows five bytes. Longer integers are rejected, because no valid block needs them.
 */
const MAX_INTEGER_SHIFT = 28;

/** Decodes all header blocks of one direction of a connection (RFC 7541). */
export class HpackDecoder {
  /**
   * The dynamic table: the fields of earlier blocks to which later blocks may refer. The newest field is the last,
   * although RFC 7541 counts from the newest: adding a field at the beginning would move thousands of fields.
   */
  readonly #dynamic: Field[] = [];
  #bytes = 0;
  #limit = DEFAULT_TABLE_BYTES;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /**
   * Decodes a block. Returns the fields in their order, as texts with one character per byte.
   * @throws TapFault for an invalid block
   */
  decode(block: Buffer): readonly Field[] {
    this.#block = block;
    this.#at = 0;
    const fields: Field[] = [];
    let bytes = 0;
    while (this.#at < block.length) {
      const field = this.#readField();
      if (field === undefined) continue;
      fields.push(field);
      bytes += sizeOf(field);
      if (bytes > MAX_FIELDS_BYTES) throw new TapFault('logging stopped: headers are too large');
    }
    this.#block = Buffer.alloc(0);
    return fields;
  }

  /**
   * Reads the next instruction of the block. Returns the header field that the instruction describes; undefined if the
   * instruction only changes the size of the dynamic table.
   */
  #readField(): Field | undefined {
    const first = this.#block[this.#at] ?? 0;
    if ((first & INDEXED) !== 0) return this.#lookUp(this.#readInteger(7));
    if ((first & INCREMENTAL) !== 0) {
      const field = this.#readLiteral(6);
      this.#add(field);
      return field;
    }
    if ((first & SIZE_UPDATE) !== 0) {
      this.#resize(this.#readInteger(5));
      return undefined;
    }
    return this.#readLiteral(4);
  }

  #readLiteral(prefixBits: number): Field {
    const index = this.#readInteger(prefixBits);
    const name = index === 0 ? this.#readString() : this.#lookUp(index)[0];
    return [name, this.#readString()];
  }

  #readInteger(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#readByte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= MAX_INTEGER_SHIFT; shift += 7) {
      const byte = this.#readByte();
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw invalid();
  }

  #readString(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & HUFFMAN) !== 0;
    const length = this.#readInteger(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw invalid();
    const bytes = this.#block.subarray(this.#at, end);
    this.#at = end;
    return isHuffman ? decodeHuffman(bytes) : bytes.toString('latin1');
  }

  #readByte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw invalid();
    return byte;
  }

  #lookUp(index: number): Field {
    const isDynamic = index > STATIC_TABLE.length;
    const field = isDynamic ? this.#dynamic.at(STATIC_TABLE.length - index) : STATIC_TABLE[index - 1];
    if (field === undefined) throw invalid();
    return field;
  }

  #add(field: Field): void {
    this.#dynamic.push(field);
    this.#bytes += sizeOf(field);
    this.#evict();
  }

  #resize(limit: number): void {
    if (limit > MAX_TABLE_BYTES) throw invalid();
    this.#limit = limit;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#limit) {
      const oldest = this.#dynamic.shift();
      if (oldest === undefined) return;
      this.#bytes -= sizeOf(oldest);
    }
  }
}

function sizeOf([name, value]: Field): number {
  return name.length + value.length + ENTRY_OVERHEAD;
}

function invalid(): TapFault {
  return new TapFault('logging stopped: invalid header block');
}
