import { type Exchange, type ExchangeDetails, REDACTED } from '../../rpc/exchanges.ts';

/** A request in a form that can be sent again. */
export interface RecordedRequest {
  readonly method: string;
  /** The scheme, host and port of the URL, without a path: `http://localhost:8080`. */
  readonly origin: string;
  /** The path and the query of the request. Printable ASCII, except for placeholders of redacted values. */
  readonly target: string;
  /** The headers to send again: all except those that were valid only for the original connection or transfer. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly isHttp2: boolean;
}

/**
 * Headers that are not sent again. Some apply only to the original connection. The others describe how the original
 * body was transferred, for example its content encoding. Bodies are recorded without that encoding.
 */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A token (RFC 9110 section 5.6.2): the characters that the name of a method or header may contain. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** Returns true if a text is valid as a method or as the name of a header. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Converts a row of the request log to a request that can be sent again. If the headers and body were not recorded, the
 * result has only the method, the path and, if necessary, the header `Host`.
 * @param origin the address to which the request is sent again: `http://localhost:8080`
 */
export function toRecordedRequest(exchange: Exchange | ExchangeDetails, origin: string): RecordedRequest {
  const { method = 'GET', path = '/', host, protocol } = exchange;
  const details = 'request' in exchange ? exchange : undefined;
  const query = details?.query;
  const headers = (details?.request.head ?? []).filter(
    ([name, value]) => isToken(name) && !OWN_HEADERS.has(name.toLowerCase()) && isHeaderValue(value),
  );
  // A web server may choose the website by the header `Host`. So if the recorded `Host` differs from the address of the
  // forward, the recorded header is sent again. A request through a gateway needs no such header: its origin already
  // contains the name of the service.
  const isOwnHost =
    host === undefined ||
    exchange.service !== undefined ||
    host === new URL(origin).host ||
    !isHeaderValue(host);
  return {
    method: isToken(method) ? method : 'GET',
    origin,
    target: encodeTarget(query === undefined || query === '' ? path : `${path}?${query}`),
    headers: isOwnHost ? headers : [['Host', host], ...headers],
    body: Buffer.from(details?.request.body ?? '', 'base64'),
    isHttp2: protocol === 'http/2' || protocol === 'grpc',
  };
}

/** Returns true if the text contains the placeholder of a redacted value. */
export function hasPlaceholder(text: string): boolean {
  return text.includes(REDACTED);
}

/**
 * Percent-encodes the characters that a request target cannot contain. Encodes `#` as well, because it would begin a
 * fragment, which is not sent. Placeholders of redacted values stay unchanged.
 */
function encodeTarget(target: string): string {
  return target
    .split(REDACTED)
    .map((part) =>
      part.replace(/[^\x21-\x7e]|#/gu, (character) =>
        Array.from(
          Buffer.from(character),
          (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
        ).join(''),
      ),
    )
    .join(REDACTED);
}

/**
 * Returns true if a text is valid as the value of a header: RFC 9110 section 5.5 allows no control characters except
 * the tab.
 */
function isHeaderValue(value: string): boolean {
  return !/(?!\t)\p{Cc}/u.test(value);
}
