import { isCoded } from '../../base/errors.ts';
import type { ClientInspector } from '../../portforward/listener.ts';
import { HEAD_LIMIT, refused, tooLarge, UnreadHeadError } from '../headReader.ts';
import { bodyFraming, isUpgrade, mayBeRequest, peekRequestHead, type RequestHead } from './requestHead.ts';

/**
 * What the next byte of the local client belongs to: a part of an HTTP request, or another protocol. `next` is the
 * position after the end of the body.
 */
type BodyPosition =
  | { readonly type: 'head' }
  | { readonly type: 'body'; readonly left: number; readonly next: BodyPosition }
  | { readonly type: 'chunkSize'; readonly next: BodyPosition }
  /** `left` is the number of bytes until the end of the chunk, including the line break after the chunk. */
  | { readonly type: 'chunk'; readonly left: number; readonly next: BodyPosition }
  | { readonly type: 'trailers'; readonly next: BodyPosition }
  /**
   * The first bytes after an upgrade request and its body. If the server has refused the upgrade, these bytes are the
   * next HTTP request, which must be checked. Otherwise these bytes belong to the new protocol.
   */
  | { readonly type: 'behindUpgrade' }
  /** Bytes of another protocol, which pass without a check. */
  | { readonly type: 'raw' };

const CHUNK_SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;
const LINE_BREAK = Buffer.from('\r\n');
const NOTHING: Buffer = Buffer.alloc(0);
/**
 * Matches the beginning of an HTTP request to a proxy, with or without an empty line before it. No other protocol
 * begins like this. After an upgrade request, the local client sends bytes of the new protocol or, if the server has
 * refused the upgrade, its next HTTP request. If these bytes match, they are an HTTP request and must be checked.
 */
const PROXY_REQUEST = /^(?:\r?\n)?[A-Z]{1,20} http:\/\//i;
const PROXY_REQUEST_BYTES = 32;
/** Matches bytes that may become a {@link PROXY_REQUEST} when more bytes arrive. */
const PROXY_REQUEST_BEGIN = /^(?:\r?\n?|(?:\r?\n)?[A-Z]{1,20}( (h(t(t(p(:\/?)?)?)?)?)?)?)$/i;

/**
 * Returns an inspector that checks all requests of a keep-alive connection, without changing them. Checking only the
 * first request is not enough, because a browser sends the requests of several pages on one connection.
 * @param first the first request, already checked
 * @param firstLength the length of the first request's head, in bytes
 * @param check throws a CodedError for a request that must not be passed on
 */
export function requestGuard(
  first: RequestHead,
  firstLength: number,
  check: (head: RequestHead) => void,
): ClientInspector {
  return inspectBehind(firstLength, new RequestGuard(check, positionBehind(first), Infinity));
}

/**
 * Returns an inspector that passes on one request to the server, followed by the FIN of the local client, and drops all
 * later bytes. The next request must not reach this server, because that request may be for another host and contains
 * the proxy's password. `Connection: close` alone does not prevent this: some local clients send the next request
 * before the response, and some servers ignore the header.
 * @param head the head of the request, already checked
 * @param headLength the length of the rewritten head that the server receives, in bytes
 */
export function oneRequest(head: RequestHead, headLength: number): ClientInspector {
  return inspectBehind(headLength, new RequestGuard(() => {}, positionBehind(head), 0));
}

/**
 * Returns an inspector for a tunnel to a pod, in which a local client may send any protocol. Checks each HTTP/1
 * request, because the request may come from a browser. All other bytes pass without a check. A malformed request
 * passes too, because no browser sends one. The bytes of an incomplete head pass at once, because a server does nothing
 * before the head ends.
 * @param check throws a CodedError for a request that must not be passed on
 */
export function tunnelGuard(check: (head: RequestHead) => void): ClientInspector {
  let isRefused = false;
  let isRaw = false;
  const checkOne = (head: RequestHead) => {
    isRefused = true;
    check(head);
    isRefused = false;
  };
  const guard = new RequestGuard(checkOne, { type: 'head' }, Infinity, 'tunnel');
  return (chunk) => {
    if (isRaw) return undefined;
    try {
      return guard.inspect(chunk);
    } catch (error) {
      // Also refuses a head that is too large to be checked, because a page can make a browser send one.
      const isMalformed = isCoded(error, 'REQUEST_REFUSED') && !(error instanceof UnreadHeadError);
      if (isRefused || !isMalformed) throw error;
      isRaw = true;
      return undefined;
    }
  };
}

function inspectBehind(headLength: number, guard: RequestGuard): ClientInspector {
  let left = headLength;
  return (chunk) => {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    const passing = guard.inspect(skipped === 0 ? chunk : chunk.subarray(skipped));
    return passing === undefined ? undefined : skipped + passing;
  };
}

class RequestGuard {
  readonly #check: (head: RequestHead) => void;
  readonly #source: 'client' | 'tunnel';
  /** How many more requests may pass. The bytes of further requests are dropped. */
  #more: number;
  #position: BodyPosition;
  /** The bytes of an incomplete head or line, until the rest arrives. */
  #kept: Buffer = NOTHING;

  /**
   * @param position the part of a request to which the first byte belongs
   * @param source `client`: a client that sends HTTP until it requests an upgrade. `tunnel`: a tunnel, in which another
   *   protocol may follow any request
   */
  constructor(
    check: (head: RequestHead) => void,
    position: BodyPosition,
    more: number,
    source: 'client' | 'tunnel' = 'client',
  ) {
    this.#check = check;
    this.#source = source;
    this.#position = position;
    this.#more = more;
  }

  /**
   * Checks the requests that begin in a chunk. Returns undefined if the whole chunk may pass. If a request begins in
   * the chunk, but no more requests may pass (`#more`), returns the position at which this request begins.
   * @throws the error of `check` for a request that must not be passed on
   */
  inspect(chunk: Buffer): number | undefined {
    let rest = chunk;
    while (rest.length > 0 && this.#position.type !== 'raw') {
      if (this.#position.type === 'head' && this.#more === 0) return chunk.length - rest.length;
      rest = this.#step(rest);
    }
    return undefined;
  }

  /** Consumes bytes of the current part of the request, and returns the remaining bytes. */
  #step(bytes: Buffer): Buffer {
    const position = this.#position;
    switch (position.type) {
      case 'head':
        return this.#isOtherProtocol(bytes) ? this.#passRaw(bytes) : this.#readHead(bytes);
      case 'body':
        return this.#skip(bytes, position, position.next);
      case 'chunk':
        return this.#skip(bytes, position, { type: 'chunkSize', next: position.next });
      case 'chunkSize':
      case 'trailers':
        return this.#readLine(bytes, position);
      case 'behindUpgrade':
        return this.#decideBehindUpgrade(bytes);
      case 'raw':
        return bytes;
    }
  }

  #decideBehindUpgrade(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#kept, bytes]);
    const text = all.toString('latin1', 0, PROXY_REQUEST_BYTES);
    if (this.#source === 'tunnel' || PROXY_REQUEST.test(text)) {
      this.#position = { type: 'head' };
      return bytes;
    }
    if (!PROXY_REQUEST_BEGIN.test(text)) return this.#passRaw(bytes);
    this.#kept = all;
    return NOTHING;
  }

  #isOtherProtocol(bytes: Buffer): boolean {
    if (this.#source === 'client') return false;
    return !mayBeRequest(this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]));
  }

  #passRaw(bytes: Buffer): Buffer {
    this.#position = { type: 'raw' };
    this.#kept = NOTHING;
    return bytes;
  }

  #readHead(bytes: Buffer): Buffer {
    // Ignores an empty line before a request, as RFC 9112 section 2.2 recommends.
    const before = this.#kept.length;
    const all = before === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    const start = all[0] === LINE_BREAK[0] && all[1] === LINE_BREAK[1] ? LINE_BREAK.length : 0;
    const parsed = peekRequestHead(start === 0 ? all : all.subarray(start));
    const length = parsed === undefined ? all.length : start + parsed.length;
    if (length > HEAD_LIMIT + 2) throw tooLarge();
    if (parsed === undefined) {
      this.#kept = all;
      return NOTHING;
    }
    this.#kept = NOTHING;
    this.#check(parsed.value);
    this.#more--;
    this.#position = positionBehind(parsed.value);
    return bytes.subarray(length - before);
  }

  #skip(
    bytes: Buffer,
    position: BodyPosition & { readonly type: 'body' | 'chunk' },
    next: BodyPosition,
  ): Buffer {
    const skipped = Math.min(position.left, bytes.length);
    this.#position = skipped === position.left ? next : { ...position, left: position.left - skipped };
    return bytes.subarray(skipped);
  }

  #readLine(
    bytes: Buffer,
    { type, next }: BodyPosition & { readonly type: 'chunkSize' | 'trailers' },
  ): Buffer {
    const before = this.#kept.length;
    const all = before === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    const end = all.indexOf(LINE_BREAK);
    if ((end === -1 ? all.length : end) > HEAD_LIMIT) throw refused('one of its lines is too long');
    if (end === -1) {
      this.#kept = all;
      return NOTHING;
    }
    this.#kept = NOTHING;
    const line = all.toString('latin1', 0, end);
    if (type === 'chunkSize') this.#position = positionInChunk(line, next);
    else if (line === '') this.#position = next;
    return bytes.subarray(end + LINE_BREAK.length - before);
  }
}

function positionBehind(head: RequestHead): BodyPosition {
  if (head.method === 'CONNECT') return { type: 'raw' };
  const framing = bodyFraming(head);
  const next: BodyPosition = { type: isUpgrade(head) ? 'behindUpgrade' : 'head' };
  switch (framing.type) {
    case 'none':
      return next;
    case 'counted':
      return { type: 'body', left: framing.length, next };
    case 'chunked':
      return { type: 'chunkSize', next };
  }
}

function positionInChunk(line: string, next: BodyPosition): BodyPosition {
  const [, digits] = CHUNK_SIZE.exec(line) ?? [];
  if (digits === undefined) throw refused('one of its chunks has an invalid size');
  const size = Number.parseInt(digits, 16);
  return size === 0 ? { type: 'trailers', next } : { type: 'chunk', left: size + LINE_BREAK.length, next };
}
