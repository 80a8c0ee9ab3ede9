import { STATUS_CODES } from 'node:http';
import type { Exchange, ExchangeDetails, RecordedMessage } from '../../rpc/exchanges.ts';
import { headerValue, readRecordedBody } from './bodyContent.ts';

/** The value that HAR 1.2 requires for unknown sizes: http://www.softwareishard.com/blog/har-12-spec/ */
const UNKNOWN = -1;

export interface HarOptions {
  readonly version: string;
  /**
   * Returns the scheme, host and port of the URL to which a request was sent, such as `http://localhost:8080`.
   * Undefined if the forward or gateway no longer listens on a local port.
   */
  readonly originOf: (exchange: Exchange) => string | undefined;
}

/**
 * Returns recorded exchanges (requests with their responses) as an HTTP archive in the format HAR 1.2. Redacted values
 * remain placeholders.
 */
export function toHar(exchanges: readonly ExchangeDetails[], { version, originOf }: HarOptions): object {
  return {
    log: {
      version: '1.2',
      creator: { name: 'Kubernetes Port Forward', version },
      pages: [],
      entries: exchanges.map((exchange) => toEntry(exchange, originOf(exchange))),
    },
  };
}

function toEntry(exchange: ExchangeDetails, origin: string | undefined): object {
  const { startedAt, firstByteMs, durationMs, pod } = exchange;
  const wait = firstByteMs ?? durationMs ?? 0;
  return {
    startedDateTime: new Date(startedAt).toISOString(),
    time: durationMs ?? wait,
    request: toRequest(exchange, origin),
    response: toResponse(exchange),
    cache: {},
    timings: { send: 0, wait, receive: Math.max(0, (durationMs ?? wait) - wait) },
    ...(pod === undefined ? {} : { comment: `pod/${pod}` }),
  };
}

function toRequest(exchange: ExchangeDetails, origin: string | undefined): object {
  const { request, method = '', path = '', query, host, requestBytes } = exchange;
  const base = host === undefined ? (origin ?? 'http://localhost') : `http://${host}`;
  return {
    method,
    url: `${base}${path}${query === undefined || query === '' ? '' : `?${query}`}`,
    httpVersion: httpVersion(exchange),
    cookies: [],
    headers: toHeaders(request),
    queryString: toQuery(query),
    ...(request.body === '' && !request.isTruncated ? {} : { postData: toPostData(request) }),
    headersSize: UNKNOWN,
    bodySize: requestBytes,
  };
}

function toResponse(exchange: ExchangeDetails): object {
  const { response, status, responseBytes, durationMs } = exchange;
  return {
    status: status ?? 0,
    statusText: STATUS_CODES[status ?? 0] ?? '',
    httpVersion: httpVersion(exchange),
    cookies: [],
    headers: toHeaders(response),
    content: toContent(response, responseBytes),
    redirectURL: headerValue(response, 'location') ?? '',
    headersSize: UNKNOWN,
    bodySize: responseBytes,
    ...(status === undefined && durationMs !== undefined ? { comment: 'no response' } : {}),
  };
}

function toPostData(message: RecordedMessage): object {
  const { text, contentType } = readRecordedBody(message);
  return {
    mimeType: contentType,
    params: [],
    // HAR 1.2 has no field for the encoding of a request body, so a binary body needs the custom field `_encoding`.
    // HAR 1.2 lets applications add fields whose names begin with an underscore.
    ...(text === undefined ? { text: message.body, _encoding: 'base64' } : { text }),
    ...truncation(message),
  };
}

function toContent(message: RecordedMessage, responseBytes: number): object {
  const { bytes, text, contentType } = readRecordedBody(message);
  return {
    size: message.isTruncated ? responseBytes : bytes.length,
    ...(message.isTruncated ? {} : { compression: bytes.length - responseBytes }),
    mimeType: contentType,
    ...(text === undefined ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' } : { text }),
    ...truncation(message),
  };
}

function truncation({ isTruncated }: RecordedMessage): object {
  return isTruncated ? { comment: 'truncated' } : {};
}

function toHeaders({ head }: RecordedMessage): readonly object[] {
  return head.map(([name, value]) => ({ name, value }));
}

function toQuery(query: string | undefined): readonly object[] {
  return Array.from(new URLSearchParams(query), ([name, value]) => ({ name, value }));
}

function httpVersion({ protocol }: ExchangeDetails): string {
  return protocol === 'http/2' || protocol === 'grpc' ? 'HTTP/2' : 'HTTP/1.1';
}
