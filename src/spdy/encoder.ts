import { FLAG_FIN, FRAME_HEADER_BYTES, FrameType, SPDY_VERSION } from './frames.ts';
import type { HeaderCompressor } from './headerBlock.ts';

const CONTROL_BIT = 0x80;

/** Encodes the header of a DATA frame. The caller sends the payload after the header. */
export function encodeDataHeader(streamId: number, length: number, fin: boolean): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt32BE(streamId, 0);
  header.writeUInt32BE(length, 4);
  header[4] = fin ? FLAG_FIN : 0;
  return header;
}

/**
 * Encodes SYN_STREAM, which opens a stream (SPDY draft, section 2.6.1). The fields for the associated stream, the
 * priority and the credential slot are 0, as in Kubernetes' SPDY library in Go.
 */
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

/** Encodes SYN_REPLY, which accepts a stream (SPDY draft, section 2.6.2). */
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

/** Encodes RST_STREAM, which ends both directions of a stream at once (SPDY draft, section 2.6.3). */
export function encodeRstStream(streamId: number, status: number): Buffer {
  return twoWords(FrameType.rstStream, streamId, status);
}

/** Encodes PING. The receiver returns a ping with the same ID (SPDY draft, section 2.6.5). */
export function encodePing(id: number): Buffer {
  const frame = controlFrame(FrameType.ping, 4);
  frame.writeUInt32BE(id, 8);
  return frame;
}

/**
 * Encodes GOAWAY, which announces that the sender accepts no streams after `lastStreamId` (SPDY draft, section 2.6.6).
 */
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
