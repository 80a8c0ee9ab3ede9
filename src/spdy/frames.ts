import type { Headers } from './headerBlock.ts';

// Constants of SPDY/3.1, as draft-mbelshe-httpbis-spdy-00 defines them in sections 2.2 (framing) and 2.6 (control
// frames).

/**
 * The size of a frame header in bytes. The first 4 bytes are the version and type of a control frame, or the stream ID
 * of a DATA frame. The next byte contains the flags, and the last 3 bytes contain the length of the payload.
 */
export const FRAME_HEADER_BYTES = 8;
export const SPDY_VERSION = 3;
/** The maximum length of a frame's payload in bytes. The length field has 24 bits. */
export const MAX_FRAME_BYTES = 0xffffff;
/**
 * The largest stream ID. IDs have 31 bits and are not reused (SPDY draft, section 2.3.2), so a connection accepts no
 * more streams after this ID.
 */
export const MAX_STREAM_ID = 0x7fffffff;

/** The types of control frames (SPDY draft, section 2.6). */
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

/** Flag of the last frame that one side sends on a stream (SPDY draft, sections 2.2.2, 2.6.1, 2.6.2). */
export const FLAG_FIN = 0x01;
/** Flag of SYN_STREAM: the receiver must not send anything on the stream (SPDY draft, section 2.6.1). */
export const FLAG_UNIDIRECTIONAL = 0x02;

/** Reasons for the reset of a stream (SPDY draft, section 2.6.3). */
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

/** Reasons for the end of a connection (SPDY draft, section 2.6.6). */
export const GoAwayStatus = { ok: 0, protocolError: 1, internalError: 2 } as const;

/** A decoded frame, or a piece of a DATA frame. */
export type Frame =
  /**
   * A piece of a DATA frame. `payload` is not a copy, but shares its memory with the input. `fin` is true only on the
   * last piece of the stream's last frame.
   */
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
