import { type Exchange, type ExchangeDetails, REDACTED } from '../../rpc/exchanges.ts';

/** A request in a form that can be sent again. */
export interface RecordedRequest {
  readonly method: string;
  /** `http://localhost:8080`: the scheme and the authority of the forward, without a path. */
  readonly origin: string;
  /** The request target: path and query. Printable ASCII. */
  readonly target: string;
  /** Without headers that belong to one connection. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  readonly isHttp2: boolean;
}

/**
 * Headers that are not sent again: they belong to one connection, or describe the body as it was transferred. Bodies are recorded
 * without their content encoding.
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

/** RFC 9110 section 5.6.2: a token. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

/** Whether a program may send the method or the name of a header. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Returns the request of a log entry in a form that can be sent again. For an entry that was not recorded, returns method and
 * path only.
 * @param origin the address of the forward: `http://localhost:8080`
 */
export function toRecordedRequest(exchange: Exchange | ExchangeDetails, origin: string): RecordedRequest {
  const { method = 'GET', path = '/', host, protocol } = exchange;
  const details = 'request' in exchange ? exchange : undefined;
  const query = details?.query;
  const headers = (details?.request.head ?? []).filter(
    ([name, value]) => isToken(name) && !OWN_HEADERS.has(name.toLowerCase()) && isHeaderValue(value),
  );
  // A client that used another name for the forward reached another virtual host.
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

/** Returns whether the text contains a redacted value. */
export function hasPlaceholder(text: string): boolean {
  return text.includes(REDACTED);
}

/** Percent-encodes what no request target contains. `#` would begin a fragment, which is not sent. */
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

/** RFC 9110 section 5.5: no control characters but the tab. */
function isHeaderValue(value: string): boolean {
  return !/(?!\t)\p{Cc}/u.test(value);
}
