import { randomBytes } from 'node:crypto';
import { CodedError } from '../base/errors.ts';

// The types of WebSocket frames (RFC 6455 section 5.2).
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const FIN_BIT = 0x80;
const RESERVED_BITS = 0x70;
const MASK_BIT = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASKING_KEY_BYTES = 4;

/** The maximum payload of a control frame in bytes (RFC 6455 section 5.5). */
export const MAX_CONTROL_BYTES = 125;

/** The numbers with which a close frame says why the sender closes the WebSocket (RFC 6455 section 7.4.1). */
export const CloseCode = { normal: 1000, protocolError: 1002 } as const;

/**
 * How one side masks the payloads that it sends (RFC 6455 section 5.3). Servers use `none`. Clients with TLS use
 * `zero`: a masking key of zeros leaves the payload unchanged, which saves CPU time. Clients without TLS use `random`,
 * because a cache between client and server could mistake an unmasked payload for HTTP.
 */
export type Masking = 'none' | 'zero' | 'random';

export interface FrameHeader {
  readonly fin: boolean;
  readonly opcode: number;
  readonly length: number;
  readonly maskingKey: Buffer | undefined;
  /** The size of the frame header in bytes. The payload follows the header. */
  readonly size: number;
}

/**
 * Encodes the header of a frame that contains a whole message, or of a control frame. If `maskingKey` is given, the
 * caller must mask the payload with the same key.
 */
export function encodeFrameHeader(opcode: number, length: number, maskingKey?: Buffer): Buffer {
  const lengthBytes = length < LENGTH_16 ? 0 : length < 0x10000 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + (maskingKey?.length ?? 0));
  header[0] = FIN_BIT | opcode;
  const marker = lengthBytes === 0 ? length : lengthBytes === 2 ? LENGTH_16 : LENGTH_64;
  header[1] = (maskingKey === undefined ? 0 : MASK_BIT) | marker;
  if (lengthBytes === 2) header.writeUInt16BE(length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  maskingKey?.copy(header, 2 + lengthBytes);
  return header;
}

/**
 * Reads the header of a frame at `offset`. Returns undefined if the header has not arrived completely.
 * @throws CodedError `PROTOCOL` if reserved bits are set or the length is too large
 */
export function decodeFrameHeader(input: Buffer, offset: number): FrameHeader | undefined {
  if (input.length < offset + 2) return undefined;
  const first = input.readUInt8(offset);
  const second = input.readUInt8(offset + 1);
  if ((first & RESERVED_BITS) !== 0) throw webSocketError('reserved bits are set');
  const marker = second & 0x7f;
  const lengthBytes = marker < LENGTH_16 ? 0 : marker === LENGTH_16 ? 2 : 8;
  const isMasked = (second & MASK_BIT) !== 0;
  const size = 2 + lengthBytes + (isMasked ? MASKING_KEY_BYTES : 0);
  if (input.length < offset + size) return undefined;
  return {
    fin: (first & FIN_BIT) !== 0,
    opcode: first & 0x0f,
    length: readLength(input, offset + 2, marker, lengthBytes),
    maskingKey: isMasked
      ? Buffer.from(input.subarray(offset + size - MASKING_KEY_BYTES, offset + size))
      : undefined,
    size,
  };
}

function readLength(input: Buffer, offset: number, marker: number, lengthBytes: number): number {
  if (lengthBytes === 0) return marker;
  if (lengthBytes === 2) return input.readUInt16BE(offset);
  const length = input.readBigUInt64BE(offset);
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw webSocketError('frame is too long');
  return Number(length);
}

export function createMaskingKey(masking: Masking): Buffer | undefined {
  if (masking === 'none') return undefined;
  return masking === 'zero' ? Buffer.alloc(MASKING_KEY_BYTES) : randomBytes(MASKING_KEY_BYTES);
}

/**
 * Masks or unmasks a part of a frame's payload: changes the bytes of `payload` (RFC 6455 section 5.3).
 * @param position how many bytes of the frame's payload come before this part; determines with which byte of the key to
 * start
 */
export function applyMask(payload: Buffer, maskingKey: Buffer, position: number): void {
  const [a = 0, b = 0, c = 0, d = 0] = maskingKey;
  if ((a | b | c | d) === 0) return;
  for (let index = 0; index < payload.length; index++) {
    payload[index] = (payload[index] ?? 0) ^ (maskingKey[(position + index) & 3] ?? 0);
  }
}

export function webSocketError(reason: string): CodedError {
  return new CodedError('PROTOCOL', { protocol: 'WebSocket', reason });
}
