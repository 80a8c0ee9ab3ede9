import { defined } from '../../base/defined.ts';
import { type Conversation, type ConversationContext, TapFault } from '../conversation.ts';
import { type Field, fieldValue } from '../field.ts';
import { keptBeginning } from '../kept.ts';
import type { OpenExchange } from '../openExchange.ts';
import { parseRequestTarget } from '../requestTarget.ts';
import { type FrameHandler, FrameReader, type Http2FrameHeader, Http2FrameType, PREFACE } from './frames.ts';
import { HeaderBlocks } from './headerBlocks.ts';

/**
 * The maximum number of open streams in a connection. Servers allow only a few hundred. With more streams than the
 * maximum, logging of the connection stops.
 */
const STREAM_LIMIT = 2_000;
const METHOD_LIMIT = 20;
const NO_ERROR = 0;
/** The names of the error codes of RFC 9113 section 7, by code. */
const ERROR_NAMES: readonly string[] = [
  ...['NO_ERROR', 'PROTOCOL_ERROR', 'INTERNAL_ERROR', 'FLOW_CONTROL_ERROR', 'SETTINGS_TIMEOUT'],
  ...['STREAM_CLOSED', 'FRAME_SIZE_ERROR', 'REFUSED_STREAM', 'CANCEL', 'COMPRESSION_ERROR'],
  ...['CONNECT_ERROR', 'ENHANCE_YOUR_CALM', 'INADEQUATE_SECURITY', 'HTTP_1_1_REQUIRED'],
];

interface Stream {
  readonly exchange: OpenExchange;
  /** Whether the last byte of the request has been read. */
  hasSentAll: boolean;
  hasResponded: boolean;
}

/** Parses a connection that uses HTTP/2 (RFC 9113), including gRPC, from its first byte. */
export class Http2Conversation implements Conversation {
  readonly #context: ConversationContext;
  readonly #client: FrameReader;
  readonly #pod: FrameReader;
  readonly #streams = new Map<number, Stream>();
  #prefaceLeft = PREFACE.length;
  #nowMs = 0;

  /**
   * @param upgraded the HTTP/1 request that asked to switch to HTTP/2; its response arrives on stream 1 (RFC 7540
   *   section 3.2). Optional
   */
  constructor(context: ConversationContext, upgraded?: OpenExchange) {
    this.#context = context;
    if (upgraded !== undefined) {
      this.#streams.set(1, { exchange: upgraded, hasSentAll: true, hasResponded: false });
      upgraded.update({}, 'http/2');
    }
    this.#client = new FrameReader(
      this.#handler(
        (stream, fields, isEnd) => {
          this.#onRequest(stream, fields);
          if (isEnd) this.#onRequestEnd(stream);
        },
        (stream, piece) => {
          stream.exchange.addRequestBytes(piece.length);
          stream.exchange.recording?.addRequestBody(piece);
        },
        (stream) => this.#onRequestEnd(stream),
      ),
    );
    this.#pod = new FrameReader(
      this.#handler(
        (stream, fields, isEnd) => this.#onResponse(stream, fields, isEnd),
        (stream, piece) => {
          stream.exchange.addResponseBytes(piece.length);
          stream.exchange.recording?.addResponseBody(piece);
        },
        (stream) => this.#finish(stream),
      ),
    );
  }

  fromClient(chunk: Buffer, atMs: number): void {
    this.#nowMs = atMs;
    const skipped = Math.min(this.#prefaceLeft, chunk.length);
    this.#prefaceLeft -= skipped;
    this.#client.read(chunk.subarray(skipped));
  }

  fromPod(chunk: Buffer, atMs: number): void {
    this.#nowMs = atMs;
    this.#pod.read(chunk);
  }

  podEnded(_atMs: number): void {}

  end(atMs: number, reason: string): void {
    this.#nowMs = atMs;
    for (const id of this.#streams.keys()) this.#finish(id, reason);
  }

  #handler(
    onHead: (stream: number, fields: readonly Field[], isEnd: boolean) => void,
    onData: (stream: Stream, piece: Buffer) => void,
    onEnd: (stream: number) => void,
  ): FrameHandler {
    const blocks = new HeaderBlocks();
    return {
      onFrame: (header, payload) => {
        if (header.type === Http2FrameType.resetStream) return this.#reset(header, payload);
        const block = blocks.read(header, payload);
        if (block === undefined) return;
        if (block.isPromise) {
          this.#onRequest(block.stream, block.fields, 'pushed by the server');
          this.#onRequestEnd(block.stream);
        } else onHead(block.stream, block.fields, block.isEnd);
      },
      onData: (id, piece) => {
        const stream = this.#streams.get(id);
        if (stream !== undefined) onData(stream, piece);
      },
      onDataEnd: onEnd,
    };
  }

  #onRequest(id: number, fields: readonly Field[], note?: string): void {
    // A second head on a stream contains the trailers of the request. Ignores them, because the request log does not
    // show them.
    if (this.#streams.has(id)) return;
    const method = fieldValue(fields, ':method');
    if (method === undefined) return;
    const authority = fieldValue(fields, ':authority') ?? fieldValue(fields, 'host');
    const { resource, query } = parseRequestTarget(fieldValue(fields, ':path') ?? '', authority);
    const isGrpc = fieldValue(fields, 'content-type')?.startsWith('application/grpc') === true;
    const exchange = this.#context.begin({
      protocol: isGrpc ? 'grpc' : 'http/2',
      startMs: this.#nowMs,
      method: keptBeginning(method, METHOD_LIMIT),
      ...resource,
      ...defined({ note }),
    });
    const head: Field[] = authority === undefined ? [] : [['host', authority]];
    exchange.recording?.setRequest([...head, ...withoutPseudo(fields)], query);
    this.#streams.set(id, { exchange, hasSentAll: false, hasResponded: false });
    if (this.#streams.size > STREAM_LIMIT)
      throw new TapFault('logging stopped: too many requests without a response');
  }

  #onRequestEnd(id: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) stream.hasSentAll = true;
  }

  #onResponse(id: number, fields: readonly Field[], isEnd: boolean): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const { exchange } = stream;
    const status = Number(fieldValue(fields, ':status') ?? Number.NaN);
    if (!stream.hasResponded && status >= 200) {
      stream.hasResponded = true;
      exchange.responded(this.#nowMs);
      exchange.update({ status });
    }
    const grpcStatus = Number(fieldValue(fields, 'grpc-status') ?? Number.NaN);
    if (Number.isInteger(grpcStatus)) exchange.update({ grpcStatus });
    if (stream.hasResponded) exchange.recording?.addResponseHead(withoutPseudo(fields));
    if (isEnd) this.#finish(id);
  }

  /** Ends the exchange of a stream. @param note the reason why the response is incomplete; undefined if it is complete */
  #finish(id: number, note?: string): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    const { exchange, hasSentAll, hasResponded } = stream;
    if (!hasSentAll) exchange.recording?.cut('request');
    if (hasResponded && note !== undefined) exchange.recording?.cut('response');
    exchange.finish(this.#nowMs, note);
    this.#streams.delete(id);
  }

  #reset({ stream: id }: Http2FrameHeader, payload: Buffer): void {
    const code = payload.length === 4 ? payload.readUInt32BE(0) : NO_ERROR;
    const name = ERROR_NAMES[code] ?? `error ${code}`;
    this.#finish(id, `the stream was reset: ${name}`);
  }
}

function withoutPseudo(fields: readonly Field[]): readonly Field[] {
  return fields.filter(([name]) => !name.startsWith(':'));
}
