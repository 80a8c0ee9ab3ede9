import { HTTPParser } from 'http-parser-js';
import { TapFault } from '../conversation.ts';
import type { Field } from '../field.ts';
import { unknownMethod, unknownMethodNote } from './methods.ts';

/** The head of a request or a response. Texts have one character per byte. */
export interface MessageHead {
  /** Empty for a response. */
  readonly method: string;
  readonly target: string;
  /** 0 for a request. */
  readonly status: number;
  readonly fields: readonly Field[];
  /** Whether a request asks to change the protocol, or a response is 101. */
  readonly isUpgrade: boolean;
}

/** The bytes that follow a head: a body as the head says, none, or another protocol, which the parser does not read. */
export type AfterHead = 'body' | 'noBody' | 'otherProtocol';

/** Receives messages in the order of their bytes. */
export interface MessageHandler {
  onHead(head: MessageHead): AfterHead;
  /** @param piece a view of a piece of the body */
  onBody(piece: Buffer): void;
  onTrailers(fields: readonly Field[]): void;
  onEnd(): void;
}

/** The most bytes of a head, chunk size or trailers without an end. */
const PENDING_LIMIT = 128 * 1024;
/** RFC 9110 section 8.6. The library accepts every JavaScript number, and reads backwards for a negative one. */
const LENGTH = /^\d{1,15}$/;

/** RFC 9112 section 6.1. The library ignores every other coding, and would read its body as another message. */
const CODING = /^(?:chunked|identity)$/i;

/** One character per byte. The setting holds for all parsers of the library; only this file creates any. */
HTTPParser.encoding = 'latin1';
/** The library sometimes counts bodies as heads, so {@link PENDING_LIMIT} is the limit here. */
HTTPParser.maxHeaderSize = Number.MAX_SAFE_INTEGER;

/** A field of a head or of trailers, or a line that continues one (RFC 9112 sections 5 and 5.2). The library passes over all other lines. */
const FIELD_LINE = /^(?:[^: \t]+:|[ \t])/;
/** RFC 9112 section 7.1. The library treats a size that is not a number as the end of the body. */
const CHUNK_SIZE = /^[\da-f]{1,12}[ \t]*(?:;.*)?$/i;

/** Fields of the parser that its types lack. */
interface ParserState {
  readonly state: string;
  readonly line: string;
  isChunked: boolean;
  /** Returns the next line without its end; undefined if it is not complete. */
  consumeLine(): string | undefined;
}

/** Reads the messages of one direction by http-parser-js, within limits. */
export class MessageParser {
  readonly #parser: InstanceType<typeof HTTPParser>;
  readonly #state: Readonly<ParserState>;
  readonly #firstState: string;
  /** Bytes read since the last call of the handler. */
  #pendingBytes = 0;
  #hasTold = false;

  constructor(type: 'REQUEST' | 'RESPONSE', handler: MessageHandler) {
    const parser = new HTTPParser(type);
    const state = parser as unknown as ParserState;
    this.#parser = parser;
    this.#state = state;
    this.#firstState = `${type}_LINE`;
    const consumeLine = state.consumeLine.bind(parser);
    state.consumeLine = () => {
      const line = consumeLine();
      if (line !== undefined) checkLine(state.state, line);
      return line;
    };
    parser[HTTPParser.kOnHeadersComplete] = (info) => {
      this.#hasTold = true;
      const fields = pairs(info.headers);
      checkFraming(fields);
      const after = handler.onHead({
        method: type === 'REQUEST' ? (HTTPParser.methods[info.method] ?? '') : '',
        target: info.url ?? '',
        status: info.statusCode ?? 0,
        fields,
        isUpgrade: info.upgrade,
      });
      // The library forgets the chunks of a request that asks for another protocol.
      if (type === 'REQUEST' && info.upgrade && isChunked(fields)) state.isChunked = true;
      return after === 'otherProtocol' ? 2 : after === 'noBody' ? 1 : 0;
    };
    parser[HTTPParser.kOnBody] = (piece, offset, length) => {
      this.#hasTold = true;
      if (!(length >= 0)) throw new TapFault('logging stopped: invalid chunk size');
      handler.onBody(length === piece.length ? piece : piece.subarray(offset, offset + length));
    };
    parser[HTTPParser.kOnHeaders] = (trailers) => handler.onTrailers(pairs(trailers));
    parser[HTTPParser.kOnMessageComplete] = () => {
      this.#hasTold = true;
      handler.onEnd();
    };
  }

  /** Whether the parser is between the first and the last byte of a message. */
  get isInMessage(): boolean {
    return this.#state.state !== this.#firstState || this.#state.line !== '';
  }

  /**
   * Returns the number of bytes read, which is less than the chunk where the protocol may change.
   * @throws TapFault if the bytes are no message
   */
  read(chunk: Buffer): number {
    this.#hasTold = false;
    const length = this.#parser.execute(chunk);
    if (length instanceof TapFault) throw length;
    if (typeof length !== 'number' || !(length > 0 && length <= chunk.length))
      throw new TapFault('logging stopped: invalid HTTP/1 message');
    this.#pendingBytes = this.#hasTold ? 0 : this.#pendingBytes + length;
    if (this.#pendingBytes > PENDING_LIMIT) throw new TapFault('logging stopped: headers are too large');
    return length;
  }

  /** Handles the end of the bytes, which completes a body that lasts until then. */
  finish(): void {
    this.#parser.finish();
  }
}

function pairs(flat: readonly string[]): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) fields.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return fields;
}

/** @throws TapFault for a line that the library would pass over, or take for another */
function checkLine(state: string, line: string): void {
  switch (state) {
    case 'REQUEST_LINE': {
      const method = unknownMethod(line);
      if (method !== undefined) throw new TapFault(unknownMethodNote(method));
      break;
    }
    case 'HEADER':
    case 'BODY_CHUNKTRAILERS':
      if (line !== '' && !FIELD_LINE.test(line)) throw new TapFault('logging stopped: invalid header line');
      break;
    case 'BODY_CHUNKHEAD':
      if (!CHUNK_SIZE.test(line)) throw new TapFault('logging stopped: invalid chunk size');
  }
}

function isChunked(fields: readonly Field[]): boolean {
  return fields.some(([name, value]) => /^transfer-encoding$/i.test(name) && /^chunked$/i.test(value));
}

function checkFraming(fields: readonly Field[]): void {
  if (fields.filter(([name]) => /^transfer-encoding$/i.test(name)).length > 1)
    throw new TapFault('logging stopped: more than one transfer coding');
  for (const [name, value] of fields) {
    if (/^content-length$/i.test(name) && !LENGTH.test(value))
      throw new TapFault('logging stopped: invalid Content-Length');
    if (/^transfer-encoding$/i.test(name) && !CODING.test(value))
      throw new TapFault('logging stopped: unknown transfer coding');
  }
}
