import { type Conversation, type ConversationContext, TapFault } from '../conversation.ts';
import { fieldValue } from '../field.ts';
import { Http2Conversation } from '../http2/http2Conversation.ts';
import type { OpenExchange } from '../openExchange.ts';
import { parseRequestTarget } from '../requestTarget.ts';
import { WebSocketConversation } from '../webSocket/webSocketConversation.ts';
import { type AfterHead, type MessageHead, MessageParser } from './messageParser.ts';
import { OtherProtocol } from './otherProtocol.ts';

/**
 * The maximum number of requests of one connection that wait for their responses. With more, logging of the connection
 * stops.
 */
const PIPELINE_LIMIT = 1_000;
/**
 * The maximum number of bytes from the local client that are buffered between an upgrade request and its response. With
 * more, logging of the connection stops.
 */
const HELD_LIMIT = 65_536;

/** A request without a complete response. */
interface Pending {
  readonly exchange: OpenExchange;
  readonly method: string;
  /** The value of the request's `Upgrade` header in lower case, or `tunnel` for CONNECT; empty for other requests. */
  readonly upgrade: string;
}

/** Parses HTTP/1.0 and 1.1 (RFC 9112). Pairs requests and responses by their order. */
export class Http1Conversation implements Conversation {
  readonly #context: ConversationContext;
  readonly #requests: MessageParser;
  readonly #responses: MessageParser;
  /** The requests whose responses are not complete, in the order in which the responses are expected. */
  readonly #pending: Pending[] = [];
  #sending: Pending | undefined;
  #answering: OpenExchange | undefined;
  /**
   * A complete upgrade request that waits for its response. Until the response arrives, further bytes of the local
   * client may be HTTP/1 or the new protocol. These bytes are buffered, and parsed after the response.
   */
  #asking: Pending | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isInterim = false;
  #other: Conversation | undefined;
  #requestMs = 0;
  #responseMs = 0;
  #nowMs = 0;
  #hasBegun = false;

  constructor(context: ConversationContext) {
    this.#context = context;
    this.#requests = new MessageParser('REQUEST', {
      onHead: (head) => this.#onRequest(head),
      onBody: (piece) => {
        this.#sending?.exchange.addRequestBytes(piece.length);
        this.#sending?.exchange.recording?.addRequestBody(piece);
      },
      onTrailers: () => {},
      onEnd: () => this.#onRequestEnd(),
    });
    this.#responses = new MessageParser('RESPONSE', {
      onHead: (head) => this.#onResponse(head),
      onBody: (piece) => {
        this.#answering?.addResponseBytes(piece.length);
        this.#answering?.recording?.addResponseBody(piece);
      },
      onTrailers: (fields) => this.#answering?.recording?.addResponseHead(fields),
      onEnd: () => this.#onResponseEnd(),
    });
  }

  /**
   * Whether the head of a request or a response has been read. If not, the log has no row for this connection yet, and
   * the connection can still be logged as plain TCP, because it may not be HTTP.
   */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  fromClient(chunk: Buffer, atMs: number): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#other !== undefined) return this.#other.fromClient(rest, atMs);
      if (this.#asking !== undefined) return this.#hold(rest);
      if (!this.#requests.isInMessage) this.#requestMs = atMs;
      this.#nowMs = atMs;
      rest = rest.subarray(this.#requests.read(rest));
    }
  }

  fromPod(chunk: Buffer, atMs: number): void {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#other !== undefined) return this.#other.fromPod(rest, atMs);
      if (!this.#responses.isInMessage) this.#responseMs = atMs;
      this.#nowMs = atMs;
      rest = rest.subarray(this.#responses.read(rest));
    }
  }

  podEnded(atMs: number): void {
    this.#nowMs = atMs;
    if (this.#other === undefined) this.#responses.finish();
    else this.#other.podEnded(atMs);
  }

  end(atMs: number, reason: string): void {
    this.#other?.end(atMs, reason);
    this.#sending?.exchange.recording?.cut('request');
    this.#answering?.recording?.cut('response');
    this.#answering?.finish(atMs, reason);
    for (const { exchange } of this.#pending) exchange.finish(atMs, reason);
    this.#pending.length = 0;
    this.#held = [];
  }

  #onRequest({ method, target, fields, isUpgrade }: MessageHead): AfterHead {
    const { resource, query } = parseRequestTarget(target, fieldValue(fields, 'host'));
    const exchange = this.#context.begin({
      protocol: 'http/1',
      method,
      startMs: this.#requestMs,
      ...resource,
    });
    this.#hasBegun = true;
    exchange.recording?.setRequest(fields, query);
    const upgrade = method === 'CONNECT' ? 'tunnel' : isUpgrade ? (fieldValue(fields, 'upgrade') ?? '') : '';
    this.#sending = { exchange, method, upgrade: upgrade.toLowerCase() };
    this.#pending.push(this.#sending);
    if (this.#pending.length > PIPELINE_LIMIT)
      throw new TapFault('logging stopped: too many requests without a response');
    return method === 'CONNECT' ? 'otherProtocol' : 'body';
  }

  #onRequestEnd(): void {
    // Sets the start time of the next request, in case it begins in the rest of this chunk. If it begins with a later
    // chunk, `fromClient` sets the time.
    this.#requestMs = this.#nowMs;
    // Waits for the response to the upgrade only if no byte of the response has arrived. The server may have declined
    // the upgrade before the end of the request's body.
    const { upgrade, exchange } = this.#sending ?? {};
    if (upgrade && exchange?.firstByteMs === undefined) this.#asking = this.#sending;
    this.#sending = undefined;
  }

  #onResponse({ status, fields }: MessageHead): AfterHead {
    const pending = this.#pending[0];
    if (status >= 100 && status < 200 && status !== 101) {
      this.#isInterim = true;
      return 'noBody';
    }
    // If no request waits for a response, adds a row for the response alone: some servers send a response (408) when no
    // request arrives in time.
    const exchange =
      pending?.exchange ?? this.#context.begin({ protocol: 'http/1', startMs: this.#responseMs });
    this.#hasBegun = true;
    exchange.responded(this.#responseMs);
    exchange.update({ status });
    exchange.recording?.addResponseHead(fields);
    if (pending !== undefined && isSwitched(pending, status)) {
      this.#switch(pending);
      return 'otherProtocol';
    }
    this.#answering = exchange;
    if (pending !== undefined && pending === this.#asking) this.#resume();
    return pending?.method === 'HEAD' || status === 204 || status === 304 ? 'noBody' : 'body';
  }

  #onResponseEnd(): void {
    // Sets the start time of the next response, in case it begins in the rest of this chunk. If it begins with a later
    // chunk, `fromPod` sets the time.
    this.#responseMs = this.#nowMs;
    if (this.#isInterim || this.#other !== undefined) {
      this.#isInterim = false;
      return;
    }
    if (this.#sending?.exchange === this.#answering) this.#answering?.recording?.cut('request');
    this.#answering?.finish(this.#nowMs);
    if (this.#pending[0]?.exchange === this.#answering) this.#pending.shift();
    this.#answering = undefined;
  }

  /**
   * Switches to the protocol that the server accepted, and parses the buffered bytes of the local client in this
   * protocol.
   */
  #switch({ exchange, upgrade }: Pending): void {
    this.#pending.shift();
    const other = this.#follow(
      exchange,
      upgrade.split(',').map((name) => name.trim()),
    );
    this.#other = other;
    for (const piece of this.#held) other.fromClient(piece, this.#nowMs);
    this.#held = [];
  }

  #follow(exchange: OpenExchange, protocols: readonly string[]): Conversation {
    if (protocols.includes('websocket')) return new WebSocketConversation(exchange);
    if (protocols.includes('h2c')) return new Http2Conversation(this.#context, exchange);
    return new OtherProtocol(exchange);
  }

  /**
   * Continues with HTTP/1 after the server declined the upgrade, and parses the buffered bytes of the local client as
   * requests.
   */
  #resume(): void {
    this.#asking = undefined;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const piece of held) this.fromClient(piece, this.#nowMs);
  }

  #hold(piece: Buffer): void {
    this.#heldBytes += piece.length;
    if (this.#heldBytes > HELD_LIMIT)
      throw new TapFault('logging stopped: too much data before the protocol switch');
    this.#held.push(Buffer.from(piece));
  }
}

function isSwitched({ method, upgrade }: Pending, status: number): boolean {
  return status === 101 ? upgrade !== '' : method === 'CONNECT' && status >= 200 && status < 300;
}
