import {
  applyMask,
  decodeFrameHeader,
  type FrameHeader,
  MAX_CONTROL_BYTES,
  Opcode,
  webSocketError,
} from './frames.ts';

/** Receives the output of {@link WebSocketDecoder}. */
export interface WebSocketHandler {
  /**
   * Called with each piece of a binary message. A message may arrive in any number of pieces. `startsMessage` is true
   * for the first piece of a message. For an empty message, called once with an empty piece. A piece shares its memory
   * with the buffer that was passed to {@link WebSocketDecoder.write}.
   */
  onData(piece: Buffer, startsMessage: boolean): void;
  onControl(opcode: number, payload: Buffer): void;
}

type State =
  | { readonly reading: 'header' }
  | { readonly reading: 'payload'; readonly header: FrameHeader; position: number; startsMessage: boolean };

const NOTHING = Buffer.alloc(0);
const MAX_HEADER_BYTES = 14;

/** Decodes the bytes from a peer, which may arrive in chunks of any size, into binary messages and control frames. */
export class WebSocketDecoder {
  readonly #handler: WebSocketHandler;
  /** Whether the peer must mask its frames. Clients must mask, and servers must not (RFC 6455 section 5.1). */
  readonly #expectsMask: boolean;
  #state: State = { reading: 'header' };
  #pending: Buffer = NOTHING;
  #isInMessage = false;

  constructor(peer: 'client' | 'server', handler: WebSocketHandler) {
    this.#expectsMask = peer === 'client';
    this.#handler = handler;
  }

  /**
   * Decodes the next bytes.
   * @throws CodedError `PROTOCOL` for invalid bytes, after which the decoder must not be used again
   */
  write(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0)
      rest = this.#state.reading === 'header' ? this.#readHeader(rest) : this.#readPayload(rest);
  }

  /**
   * Reads a frame header. Returns the input that follows the header. If the header is not complete, stores the input
   * and returns an empty buffer.
   */
  #readHeader(input: Buffer): Buffer {
    const before = this.#pending.length;
    // Copies only as many bytes of the input as the longest header can have, because the input may be large.
    const joined = before === 0 ? input : Buffer.concat([this.#pending, input.subarray(0, MAX_HEADER_BYTES)]);
    const header = decodeFrameHeader(joined, 0);
    if (header === undefined) {
      this.#pending = Buffer.from(joined);
      return NOTHING;
    }
    this.#pending = NOTHING;
    this.#begin(header);
    return input.subarray(header.size - before);
  }

  #begin(header: FrameHeader): void {
    if ((header.maskingKey !== undefined) !== this.#expectsMask)
      throw webSocketError('invalid frame masking');
    const isControl = header.opcode >= Opcode.close;
    if (isControl) {
      if (header.opcode > Opcode.pong) throw webSocketError(`unknown opcode ${header.opcode}`);
      if (!header.fin || header.length > MAX_CONTROL_BYTES)
        throw webSocketError('control frame is fragmented or too long');
    } else {
      const isContinuation = header.opcode === Opcode.continuation;
      if (isContinuation !== this.#isInMessage) throw webSocketError('invalid message fragmentation');
      if (!isContinuation && header.opcode !== Opcode.binary) throw webSocketError('message is not binary');
      this.#isInMessage = !header.fin;
    }
    this.#state = { reading: 'payload', header, position: 0, startsMessage: header.opcode === Opcode.binary };
    if (header.length === 0) this.#finish(this.#state, NOTHING);
  }

  #readPayload(input: Buffer): Buffer {
    const state = this.#state as Extract<State, { reading: 'payload' }>;
    const { header } = state;
    const isControl = header.opcode >= Opcode.close;
    if (isControl) {
      const joined = Buffer.concat([this.#pending, input.subarray(0, header.length - this.#pending.length)]);
      const rest = input.subarray(joined.length - this.#pending.length);
      this.#pending = joined.length < header.length ? joined : NOTHING;
      if (joined.length === header.length) this.#finish(state, joined);
      return rest;
    }
    const piece = input.subarray(0, header.length - state.position);
    this.#finish(state, piece);
    return input.subarray(piece.length);
  }

  #finish(state: Extract<State, { reading: 'payload' }>, payload: Buffer): void {
    const { header, startsMessage } = state;
    if (header.maskingKey !== undefined) applyMask(payload, header.maskingKey, state.position);
    state.position += payload.length;
    state.startsMessage = false;
    if (state.position >= header.length) this.#state = { reading: 'header' };
    if (header.opcode >= Opcode.close) this.#handler.onControl(header.opcode, payload);
    else if (payload.length > 0 || startsMessage) this.#handler.onData(payload, startsMessage);
  }
}
