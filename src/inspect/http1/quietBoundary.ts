import type { Conversation, ConversationContext } from '../conversation.ts';
import { looksLikeHttp2 } from '../http2/frames.ts';
import { PlainConversation } from '../plainConversation.ts';
import { Http1Conversation } from './http1Conversation.ts';
import { METHODS } from './methods.ts';

const RESPONSE_START = Buffer.from('HTTP/1.');
const REQUEST_STARTS: readonly Buffer[] = METHODS.map((method) => Buffer.from(`${method} `));
/**
 * The maximum number of bytes of a possible request that are buffered until the pod's response confirms the request. A
 * longer request is not logged.
 */
const HELD_LIMIT = 65_536;

interface HeldChunk {
  readonly chunk: Buffer;
  readonly atMs: number;
}

/**
 * Finds the first request in a connection that was already open when its log was turned on, because logging may begin
 * in the middle of a message. Bytes of the local client count as a request if they begin like a request, and the next
 * bytes of the pod begin like a response. The bytes of the local client must also be its first bytes since the pod last
 * sent bytes, or since the log was turned on.
 */
export class QuietBoundary implements Conversation {
  readonly #context: ConversationContext;
  #isClientSpeaking = false;
  #held: HeldChunk[] = [];
  #heldBytes = 0;
  #next: Conversation | undefined;

  constructor(context: ConversationContext) {
    this.#context = context;
  }

  fromClient(chunk: Buffer, atMs: number): void {
    if (this.#next !== undefined) return this.#next.fromClient(chunk, atMs);
    const isFirst = !this.#isClientSpeaking;
    this.#isClientSpeaking = true;
    // Checks every chunk of the local client, not only the first chunk after bytes of the pod: an HTTP/2 client may
    // send other frames, such as WINDOW_UPDATE, before a request.
    if (this.#held.length === 0 && looksLikeHttp2(chunk)) return this.#reportHttp2(chunk, atMs);
    const isRequest = this.#held.length > 0 || (isFirst && startsRequest(chunk));
    this.#heldBytes += chunk.length;
    if (isRequest && this.#heldBytes <= HELD_LIMIT) this.#held.push({ chunk: Buffer.from(chunk), atMs });
    else this.#forget();
  }

  fromPod(chunk: Buffer, atMs: number): void {
    if (this.#next !== undefined) return this.#next.fromPod(chunk, atMs);
    this.#isClientSpeaking = false;
    const held = this.#held;
    this.#forget();
    const length = Math.min(chunk.length, RESPONSE_START.length);
    if (held.length === 0 || chunk.compare(RESPONSE_START, 0, length, 0, length) !== 0) return;
    const next = new Http1Conversation(this.#context);
    this.#next = next;
    for (const { chunk: earlier, atMs: earlierMs } of held) next.fromClient(earlier, earlierMs);
    next.fromPod(chunk, atMs);
  }

  podEnded(atMs: number): void {
    this.#next?.podEnded(atMs);
  }

  end(atMs: number, reason: string): void {
    this.#forget();
    this.#next?.end(atMs, reason);
  }

  #reportHttp2(chunk: Buffer, atMs: number): void {
    const { begin, traffic } = this.#context;
    const note = 'opened before the log was turned on: HTTP/2 requests are shown for new connections only';
    this.#next = new PlainConversation(begin({ protocol: 'http/2', startMs: atMs, note }), traffic);
    this.#next.fromClient(chunk, atMs);
  }

  #forget(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}

function startsRequest(chunk: Buffer): boolean {
  return REQUEST_STARTS.some(
    (start) => chunk.length > start.length && chunk.compare(start, 0, start.length, 0, start.length) === 0,
  );
}
