import { defined } from '../base/defined.ts';
import { type Conversation, type ConversationContext, TapFault } from './conversation.ts';
import { Http1Conversation } from './http1/http1Conversation.ts';
import { METHODS, unknownMethod, unknownMethodNote } from './http1/methods.ts';
import { QuietBoundary } from './http1/quietBoundary.ts';
import { PREFACE, startsWithSettings } from './http2/frames.ts';
import { Http2Conversation } from './http2/http2Conversation.ts';
import { PlainConversation } from './plainConversation.ts';
import { TlsConversation } from './tls/tlsConversation.ts';

/**
 * Returns the object that parses a connection. If the connection had already carried bytes before its request log was
 * turned on, the object first looks for the beginning of a request.
 */
export function firstConversation(context: ConversationContext): Conversation {
  const { bytesSent, bytesReceived } = context.traffic;
  return bytesSent === 0 && bytesReceived === 0 ? new FirstBytes(context) : new QuietBoundary(context);
}

type Protocol = 'http/1' | 'http/2' | 'tls' | 'tcp';

/**
 * The maximum number of bytes from a pod that are buffered until the first bytes of the local client show the protocol.
 * An HTTP/2 server may send its SETTINGS frame first. If a pod sends more bytes first, the connection is logged as
 * plain TCP.
 */
const GREETING_LIMIT = 4_096;

/**
 * Recognizes the protocol of a new connection by the first bytes of the local client. Passes all bytes of the
 * connection to the parser for this protocol.
 */
class FirstBytes implements Conversation {
  readonly #context: ConversationContext;
  #held = Buffer.alloc(0);
  /** The bytes that the pod sent before the first byte of the local client. */
  #greeting = Buffer.alloc(0);
  #startMs: number | undefined;
  #next: Conversation | undefined;

  constructor(context: ConversationContext) {
    this.#context = context;
  }

  fromClient(chunk: Buffer, atMs: number): void {
    if (this.#next !== undefined) return this.#pass(this.#next, chunk, atMs);
    this.#startMs ??= atMs;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const protocol = protocolOf(bytes);
    this.#held = protocol === undefined ? Buffer.from(bytes) : Buffer.alloc(0);
    if (protocol === undefined) return;
    const greeting = this.#greeting;
    this.#greeting = Buffer.alloc(0);
    const isGreeted = greeting.length > 0 && protocol !== 'http/2';
    this.#next = this.#create(isGreeted ? 'tcp' : protocol, this.#startMs, noteOn(protocol, bytes));
    if (greeting.length > 0) this.#next.fromPod(greeting, this.#startMs);
    this.#pass(this.#next, bytes, this.#startMs);
  }

  fromPod(chunk: Buffer, atMs: number): void {
    if (this.#next === undefined) {
      // An HTTP/2 server may send its SETTINGS frame first. Keeps such a frame until the first bytes of the local
      // client show the protocol.
      const greeting = Buffer.concat([this.#greeting, chunk]);
      if (this.#held.length === 0 && greeting.length <= GREETING_LIMIT && startsWithSettings(greeting)) {
        this.#greeting = greeting;
        return;
      }
      this.#next = this.#create('tcp', this.#startMs ?? atMs);
      if (this.#held.length > 0) this.#next.fromClient(this.#held, this.#startMs ?? atMs);
      this.#held = Buffer.alloc(0);
    }
    this.#next.fromPod(chunk, atMs);
  }

  podEnded(atMs: number): void {
    this.#next?.podEnded(atMs);
  }

  end(atMs: number, reason: string): void {
    if (this.#held.length + this.#greeting.length > 0)
      this.#next ??= this.#create('tcp', this.#startMs ?? atMs);
    this.#next?.end(atMs, reason);
  }

  /**
   * Passes the bytes of the local client to the parser `next`. If the bytes begin like an HTTP/1 request, but are not a
   * valid request, continues with plain TCP, so that the connection's sizes and times are still logged.
   */
  #pass(next: Conversation, chunk: Buffer, atMs: number): void {
    try {
      next.fromClient(chunk, atMs);
    } catch (error) {
      const isNone = next instanceof Http1Conversation && !next.hasBegun;
      if (!isNone || !(error instanceof TapFault)) throw error;
      this.#next = this.#create('tcp', this.#startMs ?? atMs);
      this.#next.fromClient(chunk, atMs);
    }
  }

  #create(protocol: Protocol, startMs: number, note?: string): Conversation {
    const { begin, traffic } = this.#context;
    switch (protocol) {
      case 'http/1':
        return new Http1Conversation(this.#context);
      case 'http/2':
        return new Http2Conversation(this.#context);
      case 'tls':
        return new TlsConversation(begin({ protocol, startMs, note: 'encrypted' }), traffic);
      case 'tcp':
        return new PlainConversation(begin({ protocol, startMs, ...defined({ note }) }), traffic);
    }
  }
}

const LINE_FEED = 0x0a;
/** The first bytes of a TLS handshake record: type 22, and a version that begins with 3 (RFC 8446 section 5.1). */
const TLS_START = Buffer.from([22, 3]);
const STARTS: readonly { readonly protocol: Protocol; readonly bytes: Buffer }[] = [
  { protocol: 'http/2', bytes: PREFACE },
  { protocol: 'tls', bytes: TLS_START },
  ...METHODS.map((method) => ({ protocol: 'http/1' as const, bytes: Buffer.from(`${method} `) })),
];

/** Returns the protocol of the first bytes; undefined if more bytes are needed. */
function protocolOf(bytes: Buffer): Protocol | undefined {
  let isOpen = false;
  for (const { protocol, bytes: start } of STARTS) {
    const length = Math.min(start.length, bytes.length);
    if (bytes.compare(start, 0, length, 0, length) !== 0) continue;
    if (length === start.length) return protocol;
    isOpen = true;
  }
  return isOpen || mayBeRequestLine(bytes) ? undefined : 'tcp';
}

/** The maximum length of a request line, in bytes. A connection whose first line is longer is logged as plain TCP. */
const LINE_LIMIT = 4_096;
/**
 * Matches an incomplete first line that may become an HTTP/1 request line with any method. The protocol is chosen only
 * when the line is complete. If the complete line contains an unknown method, the log can show this method in a note.
 */
const LINE_START = /^[A-Z-]{1,20}(?: (?:[^ ]+(?: [HTP/1.0]{0,8}\r?)?)?)?$/;

function mayBeRequestLine(bytes: Buffer): boolean {
  if (bytes.length > LINE_LIMIT || bytes.includes(LINE_FEED)) return false;
  return LINE_START.test(bytes.toString('latin1'));
}

/**
 * Returns a note if a connection begins with an HTTP/1 request with an unknown method; otherwise undefined. The note
 * explains in the log why the connection is logged as plain TCP.
 */
function noteOn(protocol: Protocol, bytes: Buffer): string | undefined {
  const end = bytes.indexOf(LINE_FEED);
  if (protocol !== 'tcp' || end === -1 || end > LINE_LIMIT) return undefined;
  const method = unknownMethod(bytes.toString('latin1', 0, end).replace(/\r$/, ''));
  return method === undefined ? undefined : unknownMethodNote(method);
}
