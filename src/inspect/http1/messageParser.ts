import { HTTPParser } from 'http-parser-js';
import { TapFault } from '../conversation.ts';
import type { Field } from '../field.ts';
import { unknownMethod, unknownMethodNote } from './methods.ts';

/** The head of a request or a response. Texts are Latin-1, with one character per byte. */
export interface MessageHead {
  /** The method of a request; empty for a response. */
  readonly method: string;
  readonly target: string;
  /** The status of a response; 0 for a request. */
  readonly status: number;
  readonly fields: readonly Field[];
  /** True if a request asks to change the protocol, or if a response has the status 101 (Switching Protocols). */
  readonly isUpgrade: boolean;
}

/**
 * What follows a head: the body that the head announces, no body, or another protocol, whose bytes the parser does not
 * read.
 */
export type AfterHead = 'body' | 'noBody' | 'otherProtocol';

/** Receives the parts of messages in the order of their bytes. */
export interface MessageHandler {
  onHead(head: MessageHead): AfterHead;
  /** @param piece a part of the body; valid during the call only */
  onBody(piece: Buffer): void;
  onTrailers(fields: readonly Field[]): void;
  onEnd(): void;
}

/** The maximum size of an incomplete head, chunk size line or trailer section, in bytes. With more, logging stops. */
const PENDING_LIMIT = 128 * 1024;
/**
 * A valid `Content-Length` (RFC 9110 section 8.6). Checked here, because http-parser-js accepts every JavaScript
 * number, and reads backwards if the number is negative.
 */
const LENGTH = /^\d{1,15}$/;

/**
 * The supported transfer codings (RFC 9112 section 6.1). Any other coding is rejected: http-parser-js would ignore it
 * and parse the body as the next message.
 */
const CODING = /^(?:chunked|identity)$/i;

/**
 * Decodes texts with one character per byte. This setting applies to all parsers of http-parser-js in the process. That
 * does no harm, because only this file creates such parsers.
 */
HTTPParser.encoding = 'latin1';
/**
 * Turns off the size limit of http-parser-js for heads, because http-parser-js sometimes counts bodies as heads. {@link
 * MessageParser} limits heads itself, to {@link PENDING_LIMIT}.
 */
HTTPParser.maxHeaderSize = Number.MAX_SAFE_INTEGER;

/**
 * Matches a field of a head or of trailers, or a line that continues a field (RFC 9112 sections 5 and 5.2). Any other
 * line is rejected, because http-parser-js would skip it. A line that consists of spaces and tabs is rejected too: the
 * time that http-parser-js needs for such a line grows with the square of its length, and would delay all connections.
 */
const FIELD_LINE = /^(?:[^: \t]+:|[ \t]+[^ \t])/;
/**
 * A valid chunk size line (RFC 9112 section 7.1). Any other line is rejected: http-parser-js would treat a size that is
 * not a number as the end of the body.
 */
const CHUNK_SIZE = /^[\da-f]{1,12}[ \t]*(?:;.*)?$/i;

/** Members of the parser of http-parser-js that are missing in its types. */
interface ParserState {
  readonly state: string;
  readonly line: string;
  isChunked: boolean;
  /** Returns the next line without its line break; undefined if the line is incomplete. */
  consumeLine(): string | undefined;
}

/**
 * Parses the requests or the responses of an HTTP/1 connection with http-parser-js. Rejects input that this library
 * would misread, and heads that are too large.
 */
export class MessageParser {
  readonly #parser: InstanceType<typeof HTTPParser>;
  readonly #state: Readonly<ParserState>;
  readonly #firstState: string;
  /**
   * The number of parsed bytes since the parser last reported a head, a piece of a body, or the end of a message. If
   * there are more than {@link PENDING_LIMIT}, logging stops.
   */
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
      // In an upgrade request, http-parser-js ignores `Transfer-Encoding: chunked`, and would parse the body as the
      // next request. Sets `isChunked` of the parser, so that it parses the body as chunks.
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
   * Parses a chunk. Returns the number of parsed bytes. Stops before the end of the chunk if the next bytes may belong
   * to another protocol; the caller decides how to parse them.
   * @throws TapFault if the bytes are not a valid message
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

  /** Called when the peer has ended the stream. A body without a length is then complete. */
  finish(): void {
    this.#parser.finish();
  }
}

function pairs(flat: readonly string[]): readonly Field[] {
  const fields: Field[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) fields.push([flat[at] ?? '', flat[at + 1] ?? '']);
  return fields;
}

/** @throws TapFault for a line that http-parser-js would skip or misinterpret */
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
