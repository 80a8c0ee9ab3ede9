import { isHeaderValue } from '../../base/text.ts';
import { HEAD_LIMIT, type Parsed, refused, tooLarge } from '../headReader.ts';

// Parses heads of HTTP/1.1 requests (RFC 9112). Refuses ambiguous heads, which two programs could parse differently.

/** The request line and the headers of a request. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** The HTTP version: `HTTP/1.1` or `HTTP/1.0`. */
  readonly version: string;
  /** The headers in the order of the request, with names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A head and its length in bytes. */
export interface ParsedHead extends Parsed<RequestHead> {
  readonly length: number;
}

/** How a request states the length of its body: it has no body, it has a `Content-Length`, or the body is chunked. */
export type BodyFraming =
  | { readonly type: 'none' }
  | { readonly type: 'counted'; readonly length: number }
  | { readonly type: 'chunked' };

const END = Buffer.from('\r\n\r\n');
const SPACE = 0x20;
const TAB = 0x09;
/**
 * Matches a request line. Accepts UTF-8 in the request target, because curl sends UTF-8 there. The server can still
 * reject the request.
 */
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\x7e\x80-\xff]+) (HTTP\/1\.[01])$/;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Matches an incomplete line that may become a {@link REQUEST_LINE} when more bytes arrive. */
const PART_OF_REQUEST_LINE =
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}(?: [\x21-\x7e\x80-\xff]*(?: (?:H|HT|HTT|HTTP|HTTP\/|HTTP\/1|HTTP\/1\.|HTTP\/1\.[01]\r?)?)?)?$/;
/** The maximum number of headers, as in Node's HTTP servers. A request with more headers is refused. */
const MAX_HEADERS = 2_000;

/**
 * Parses the head at the beginning of the bytes, without consuming the head. Returns undefined for an incomplete head.
 * @throws CodedError `REQUEST_REFUSED`
 */
export function peekRequestHead(bytes: Buffer): ParsedHead | undefined {
  const end = bytes.indexOf(END);
  if (end + END.length > HEAD_LIMIT) throw tooLarge();
  if (end === -1) {
    // An empty line that ends with LF alone is the end of the head for some servers, but not for this code. Refuses
    // such a head: the server would mistake the bytes after the empty line for another request, which was not checked.
    if (bytes.includes('\n\n') || bytes.includes('\n\r\n')) throw refused('its lines do not end with CR LF');
    return undefined;
  }
  return { value: parseHead(bytes.toString('latin1', 0, end)), consumed: 0, length: end + END.length };
}

/**
 * Returns whether bytes of an unknown protocol may be the beginning of an HTTP/1 request. True if the first line is a
 * request line. If the first line is incomplete, true if the line may become a request line.
 */
export function mayBeRequest(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n');
  if (end === -1) return PART_OF_REQUEST_LINE.test(bytes.toString('latin1'));
  return REQUEST_LINE.test(bytes.toString('latin1', 0, end));
}

/**
 * @param name in lower case
 * @returns the values of all headers of that name, in their order
 */
export function headerValues({ headers }: RequestHead, name: string): readonly string[] {
  const values: string[] = [];
  for (const [each, value] of headers) if (each === name) values.push(value);
  return values;
}

/**
 * Returns the value of a header that may occur at most once; undefined if the header is missing.
 * @throws CodedError `REQUEST_REFUSED` for a repeated header
 */
export function singleHeader(head: RequestHead, name: string): string | undefined {
  let found: string | undefined;
  for (const [each, value] of head.headers) {
    if (each !== name) continue;
    if (found !== undefined) throw refused(`it has more than one ${name} header`);
    found = value;
  }
  return found;
}

/**
 * Returns the comma-separated tokens of a header, such as `Upgrade` in `Connection: Upgrade`, in their original case.
 */
export function tokensOf(head: RequestHead, name: string): readonly string[] {
  const values = headerValues(head, name);
  if (values.length === 0) return values;
  return values
    .flatMap((value) => value.split(','))
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Returns whether a header with comma-separated tokens contains a token. @param token in lower case */
export function hasToken(head: RequestHead, name: string, token: string): boolean {
  return tokensOf(head, name).some((each) => each.toLowerCase() === token);
}

/** Returns whether the request asks the server to change the connection to another protocol, such as WebSocket. */
export function isUpgrade(head: RequestHead): boolean {
  return hasToken(head, 'connection', 'upgrade') && headerValues(head, 'upgrade').length > 0;
}

/**
 * Returns the request without its offer to change to HTTP/2. Java's `HttpClient` sends this offer with every request,
 * even with requests to a proxy. Servers may ignore the offer.
 */
export function withoutHttp2Offer(head: RequestHead): RequestHead {
  const protocols = tokensOf(head, 'upgrade');
  if (protocols.length === 0 || protocols.some((protocol) => protocol.toLowerCase() !== 'h2c')) return head;
  const isOffer = (name: string) => name === 'upgrade' || name === 'http2-settings';
  return { ...head, headers: head.headers.filter(([name]) => !isOffer(name)) };
}

/**
 * Returns how the request gives the length of its body.
 * @throws CodedError `REQUEST_REFUSED` for an ambiguous length: the server could mistake a part of the body for another
 *   request, which was not checked (request smuggling)
 */
export function bodyFraming(head: RequestHead): BodyFraming {
  const encodings = headerValues(head, 'transfer-encoding');
  const lengths = headerValues(head, 'content-length');
  if (encodings.length > 0) {
    const isChunked = encodings.length === 1 && encodings[0]?.toLowerCase() === 'chunked';
    if (!isChunked || lengths.length > 0 || head.version !== 'HTTP/1.1')
      throw refused('the length of its body is ambiguous');
    return { type: 'chunked' };
  }
  const [text] = lengths;
  if (text === undefined) return { type: 'none' };
  const length = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  if (length === undefined || lengths.some((each) => each !== text))
    throw refused('the length of its body is ambiguous');
  return length === 0 ? { type: 'none' } : { type: 'counted', length };
}

function parseHead(text: string): RequestHead {
  const [line = '', ...lines] = text.split('\r\n');
  const [, method, target, version] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined || version === undefined) {
    throw refused('it is not an HTTP/1.1 request');
  }
  if (lines.length > MAX_HEADERS) throw refused(`it has more than ${MAX_HEADERS} headers`);
  return { method, target, version, headers: lines.map(parseHeader) };
}

function parseHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon));
  const value = trimBlanks(line.slice(colon + 1));
  if (!HEADER_NAME.test(name) || !isHeaderValue(value)) throw refused('one of its headers is malformed');
  return [name.toLowerCase(), value];
}

/**
 * Removes spaces and tabs from both ends. Does not use a regular expression: a header with 100 KB of spaces would block
 * this process for seconds, because the time to match the spaces at the end grows with the square of their number.
 */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
