import type { Headers } from './headerBlock.ts';

// SPDY/3.1: draft-mbelshe-httpbis-spdy-00, section 2.2 (framing) and 2.6 (control frames).

/** Bytes before the payload of every frame: control bit, version and type, or a stream ID; flags; a length of 24 bits. */
export const FRAME_HEADER_BYTES = 8;
export const SPDY_VERSION = 3;
/** The largest length of a frame, which has 24 bits. */
export const MAX_FRAME_BYTES = 0xffffff;
/** Stream IDs have 31 bits (section 2.3.2). A connection ends when all are used. */
export const MAX_STREAM_ID = 0x7fffffff;

/** Control frame types, section 2.6. */
export const FrameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The sender sends no more on this stream (sections 2.2.2, 2.6.1, 2.6.2). */
export const FLAG_FIN = 0x01;
/** The receiver may not answer on this stream (section 2.6.1). */
export const FLAG_UNIDIRECTIONAL = 0x02;

/** Reasons for the reset of a stream, section 2.6.3. */
export const ResetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  unsupportedVersion: 4,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
  streamInUse: 8,
  streamAlreadyClosed: 9,
} as const;

/** Reasons for the end of a connection, section 2.6.6. */
export const GoAwayStatus = { ok: 0, protocolError: 1, internalError: 2 } as const;

/** The output of the decoder. */
export type Frame =
  /** A piece of a DATA frame, as it arrived: a view of the input, not a copy. `fin` is set on the last piece. */
  | { readonly type: 'data'; readonly streamId: number; readonly payload: Buffer; readonly fin: boolean }
  | {
      readonly type: 'synStream';
      readonly streamId: number;
      readonly headers: Headers;
      readonly fin: boolean;
      readonly unidirectional: boolean;
    }
  | { readonly type: 'synReply'; readonly streamId: number; readonly headers: Headers; readonly fin: boolean }
  | { readonly type: 'headers'; readonly streamId: number; readonly headers: Headers; readonly fin: boolean }
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | {
      readonly type: 'settings';
      readonly settings: readonly { readonly id: number; readonly value: number }[];
    }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number };
