import type { Exchange, ExchangeDetails, RecordedMessage } from '../../src/rpc/exchanges.ts';
import type { RecordedRequest } from '../../src/ui/requests/recordedRequest.ts';

/** Returns an exchange of the forward `web`: a request with its response. */
export function exchange(id: number, changes: Partial<Exchange> = {}): Exchange {
  return {
    id,
    forward: 'web',
    protocol: 'http/1',
    startedAt: Date.UTC(2026, 0, 2, 10, 2, 11) + id,
    method: 'GET',
    host: 'localhost:8080',
    path: '/api/items',
    status: 200,
    firstByteMs: 10,
    durationMs: 12,
    requestBytes: 0,
    responseBytes: 3_400,
    pod: 'web-1',
    isRecorded: false,
    ...changes,
  };
}

/** Returns the exchange of {@link exchange} with more details: the recorded request and the recorded response. */
export function recorded(changes: Partial<ExchangeDetails> = {}): ExchangeDetails {
  return {
    ...exchange(changes.id ?? 1),
    isRecorded: true,
    request: message([['Accept', '*/*']]),
    response: message([['Content-Type', 'application/json']], '{"items":[1,2]}'),
    ...changes,
  };
}

export function message(
  head: RecordedMessage['head'],
  body: string | Uint8Array = '',
  isTruncated = false,
): RecordedMessage {
  return { head, body: Buffer.from(body).toString('base64'), isTruncated };
}

/** Returns a GET request for the path `/`. @param origin the local address of a forward: `http://localhost:PORT` */
export function recordedRequest(origin: string, changes: Partial<RecordedRequest> = {}): RecordedRequest {
  return {
    ...{ method: 'GET', origin, target: '/', headers: [], body: new Uint8Array(), isHttp2: false },
    ...changes,
  };
}
