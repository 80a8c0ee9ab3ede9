import { FLAG_FIN, FRAME_HEADER_BYTES, FrameType, SPDY_VERSION } from './frames.ts';
import type { HeaderCompressor } from './headerBlock.ts';

const CONTROL_BIT = 0x80;

/** The 8 bytes before the payload of a DATA frame. The payload follows unchanged. */
export function encodeDataHeader(streamId: number, length: number, fin: boolean): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt32BE(length, 4);
  header[4] = fin ? FLAG_FIN : 0;
  return header;
}

/** SYN_STREAM, section 2.6.1: associated stream 0, priority 0, slot 0, as the Go side sends it. */
export function encodeSynStream(
  streamId: number,
  headers: Iterable<readonly [string, string]>,
  compressor: HeaderCompressor,
): Buffer {
  const block = compressor.compress(headers);
  const frame = controlFrame(FrameType.synStream, 10 + block.length);
  frame.writeUInt32BE(streamId, 8);
  frame.writeUInt32BE(0, 12);
  frame.writeUInt16BE(0, 16);
  block.copy(frame, 18);
  return frame;
}

/** SYN_REPLY, section 2.6.2. */
export function encodeSynReply(
  streamId: number,
  headers: Iterable<readonly [string, string]>,
  compressor: HeaderCompressor,
): Buffer {
  const block = compressor.compress(headers);
  const frame = controlFrame(FrameType.synReply, 4 + block.length);
  frame.writeUInt32BE(streamId, 8);
  block.copy(frame, 12);
  return frame;
}

/** RST_STREAM, section 2.6.3. */
export function encodeRstStream(streamId: number, status: number): Buffer {
  return twoWords(FrameType.rstStream, streamId, status);
}

/** PING, section 2.6.5. */
export function encodePing(id: number): Buffer {
  const frame = controlFrame(FrameType.ping, 4);
  frame.writeUInt32BE(id, 8);
  return frame;
}

/** GOAWAY, section 2.6.6. */
export function encodeGoAway(lastStreamId: number, status: number): Buffer {
  return twoWords(FrameType.goAway, lastStreamId, status);
}

function twoWords(type: number, first: number, second: number): Buffer {
  const frame = controlFrame(type, 8);
  frame.writeUInt32BE(first, 8);
  frame.writeUInt32BE(second, 12);
  return frame;
}

function controlFrame(type: number, length: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame[0] = CONTROL_BIT;
  frame[1] = SPDY_VERSION;
  frame.writeUInt16BE(type, 2);
  frame.writeUInt32BE(length, 4);
  return frame;
}
