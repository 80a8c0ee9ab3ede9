import { type Exchange, type ExchangeDetails, REDACTED } from '../../rpc/exchanges.ts';
import { hasPlaceholder, type RecordedRequest } from './recordedRequest.ts';

/**
 * Methods that are replayed without a confirmation by the user. RFC 9110 section 9.2.1 defines them as safe: they
 * change nothing on the server.
 */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * The placeholder of redacted values, decoded as Latin-1. Before the search for placeholders, bodies are decoded as
 * Latin-1 too. This encoding maps each byte to one character, so that even binary bodies stay unchanged.
 */
const REDACTED_BYTES = Buffer.from(REDACTED).toString('latin1');

/**
 * Why a request cannot be replayed. `notRecorded`: the log contains neither the headers nor the body of the request.
 * `truncated`: the log contains only the beginning of the body. `protocol`: the request is a CONNECT request, or its
 * protocol is not HTTP/1. `running`: the response is not complete yet, and the request body can be read only when the
 * response is complete.
 */
export type ReplayObstacle = 'notRecorded' | 'truncated' | 'protocol' | 'running';

/** Returns why a request cannot be replayed; undefined if it can. */
export function replayObstacle(exchange: Exchange | ExchangeDetails): ReplayObstacle | undefined {
  // CONNECT cannot be replayed: it turns the connection into a stream of other bytes, so there is no response to show.
  if (exchange.protocol !== 'http/1' || exchange.method === 'CONNECT') return 'protocol';
  if (!exchange.isRecorded || !('request' in exchange)) return 'notRecorded';
  if (exchange.durationMs === undefined && !hasEnded(exchange)) return 'running';
  return exchange.request.isTruncated ? 'truncated' : undefined;
}

/**
 * Returns true if a request can be replayed although its response is not complete: the request itself is complete, and
 * has no body. Any other request must wait, because its body can be read only when the response is complete.
 */
function hasEnded({ method = '', status, requestBytes }: Exchange): boolean {
  return status !== undefined && SAFE_METHODS.has(method) && requestBytes === 0;
}

/** Returns true if the user must confirm the replay, because the request may change something. */
export function needsConfirmation({ method }: RecordedRequest): boolean {
  return !SAFE_METHODS.has(method);
}

/**
 * The place of a redacted value in a request. Before the request is replayed, the user is asked for the value by its
 * `name`. For a header, `index` is the index of the header in the list of headers. Otherwise `index` is the number of
 * the redacted value in the request target or the body, from 0.
 */
export interface Placeholder {
  readonly type: 'header' | 'target' | 'body';
  readonly name: string;
  readonly index: number;
}

/** Returns the places of all redacted values of a request: first in headers, then in the query, then in the body. */
export function placeholders(request: RecordedRequest): readonly Placeholder[] {
  return [
    ...request.headers.flatMap(([name, value], index) =>
      hasPlaceholder(value) ? [{ type: 'header', name, index } as const] : [],
    ),
    ...namesBefore(request.target).map((name, index) => ({ type: 'target', name, index }) as const),
    ...namesBefore(Buffer.from(request.body).toString('latin1').replaceAll(REDACTED_BYTES, REDACTED)).map(
      (name, index) => ({ type: 'body', name, index }) as const,
    ),
  ];
}

/** Returns the request with the user's values instead of the placeholders. */
export function fillIn(request: RecordedRequest, values: ReadonlyMap<Placeholder, string>): RecordedRequest {
  const given = [...values];
  const headers = request.headers.map(([name, value], index) => {
    const [, filled] = given.find(([place]) => place.type === 'header' && place.index === index) ?? [];
    return [name, filled === undefined ? value : value.replaceAll(REDACTED, () => filled)] as const;
  });
  const of = (type: Placeholder['type']): readonly string[] =>
    given
      .filter(([place]) => place.type === type)
      .sort(([a], [b]) => a.index - b.index)
      .map(([, value]) => value);
  const body = Buffer.from(request.body).toString('latin1');
  const encode = valueEncoding(request);
  return {
    ...request,
    headers,
    target: replaceEach(request.target, REDACTED, of('target').map(encodeURIComponent)),
    body: Buffer.from(
      replaceEach(
        body,
        REDACTED_BYTES,
        of('body').map((value) => Buffer.from(encode(value)).toString('latin1')),
      ),
      'latin1',
    ),
  };
}

/** Returns the function that encodes a user's value for the body: for JSON, for form data, or not at all. */
function valueEncoding({ headers }: RecordedRequest): (value: string) => string {
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (/[/+]json\b/i.test(type)) return (value) => JSON.stringify(value).slice(1, -1);
  return /x-www-form-urlencoded/i.test(type) ? encodeURIComponent : (value) => value;
}

/**
 * Returns the name before each placeholder, as in `token=‹redacted›` and `"token": "‹redacted›"`. The user is asked for
 * the value by this name. If a placeholder has no name, the result contains an empty string for it.
 */
function namesBefore(text: string): readonly string[] {
  return text
    .split(REDACTED)
    .slice(0, -1)
    .map((before) => /([\w.-]+)["']?\s*[=:]\s*["']?[^=:&"']*$/.exec(before.slice(-200))?.[1] ?? '');
}

/**
 * Replaces the first placeholder by the first value, the second by the second, and so on. If there are fewer values
 * than placeholders, the remaining placeholders stay.
 */
function replaceEach(text: string, placeholder: string, values: readonly string[]): string {
  return text
    .split(placeholder)
    .map((part, index) => (index === 0 ? part : `${values[index - 1] ?? placeholder}${part}`))
    .join('');
}
