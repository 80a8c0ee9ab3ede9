import {
  applyMask,
  decodeFrameHeader,
  type FrameHeader,
  MAX_CONTROL_BYTES,
  Opcode,
  webSocketError,
} from './frames.ts';

/** What the decoder makes of the bytes. */
export interface WebSocketHandler {
  /**
   * A piece of a binary message, as it arrived: a view of the input. A message may come in any number of pieces;
   * `startsMessage` marks its first one, which is empty for an empty message.
   */
  onData(piece: Buffer, startsMessage: boolean): void;
  onControl(opcode: number, payload: Buffer): void;
}

type State =
  | { readonly reading: 'header' }
  | { readonly reading: 'payload'; readonly header: FrameHeader; position: number; startsMessage: boolean };

const NOTHING = Buffer.alloc(0);
const MAX_HEADER_BYTES = 14;

/** Turns bytes, however they are chunked, into the pieces of binary messages and into control frames. */
export class WebSocketDecoder {
  readonly #handler: WebSocketHandler;
  /** Clients mask, servers don't (section 5.1): the peer's frames have to be as its role wants them. */
  readonly #expectsMask: boolean;
  #state: State = { reading: 'header' };
  #pending: Buffer = NOTHING;
  #isInMessage = false;

  constructor(peer: 'client' | 'server', handler: WebSocketHandler) {
    this.#expectsMask = peer === 'client';
    this.#handler = handler;
  }

  /** @throws CodedError `PROTOCOL`, after which the decoder is of no more use. */
  write(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0)
      rest = this.#state.reading === 'header' ? this.#readHeader(rest) : this.#readPayload(rest);
  }

  /** Returns what is left of the input. */
  #readHeader(input: Buffer): Buffer {
    const before = this.#pending.length;
    // Join no more than a header can have: the payload behind it stays uncopied.
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
      throw webSocketError('a frame is masked wrongly');
    const isControl = header.opcode >= Opcode.close;
    if (isControl) {
      if (header.opcode > Opcode.pong) throw webSocketError(`opcode ${header.opcode}`);
      if (!header.fin || header.length > MAX_CONTROL_BYTES)
        throw webSocketError('a control frame is too long');
    } else {
      const isContinuation = header.opcode === Opcode.continuation;
      if (isContinuation !== this.#isInMessage) throw webSocketError('a fragment out of turn');
      if (!isContinuation && header.opcode !== Opcode.binary)
        throw webSocketError('a message that is not binary');
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
