import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, Har } from 'har-format';
import { type ExchangeDetails, REDACTED } from '../../../../src/rpc/exchanges.ts';
import { toHar } from '../../../../src/ui/requests/har.ts';
import { message, recorded } from '../../../support/exchanges.ts';

test('an exchange becomes an entry of HAR 1.2', () => {
  const har = harOf(
    recorded({
      method: 'POST',
      query: 'page=2&q=a%20b',
      request: message([['Content-Type', 'application/json']], '{"a":1}'),
      requestBytes: 7,
      responseBytes: 15,
    }),
  );
  assert.equal(har.log.version, '1.2');
  assert.deepEqual(har.log.creator, { name: 'Kubernetes Port Forward', version: '1.2.3' });
  assert.deepEqual(har.log.entries[0], {
    startedDateTime: '2026-01-02T10:02:11.001Z',
    time: 12,
    request: {
      method: 'POST',
      url: 'http://localhost:8080/api/items?page=2&q=a%20b',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [{ name: 'Content-Type', value: 'application/json' }],
      queryString: [
        { name: 'page', value: '2' },
        { name: 'q', value: 'a b' },
      ],
      postData: { mimeType: 'application/json', params: [], text: '{"a":1}' },
      headersSize: -1,
      bodySize: 7,
    },
    response: {
      status: 200,
      statusText: 'OK',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: [{ name: 'Content-Type', value: 'application/json' }],
      content: { size: 15, compression: 0, mimeType: 'application/json', text: '{"items":[1,2]}' },
      redirectURL: '',
      headersSize: -1,
      bodySize: 15,
    },
    cache: {},
    timings: { send: 0, wait: 10, receive: 2 },
    comment: 'pod/web-1',
  });
});

test('redacted values stay placeholders in headers and in the query', () => {
  const { request } = entryOf(
    recorded({ query: `token=${REDACTED}`, request: message([['Authorization', REDACTED]]) }),
  );
  assert.deepEqual(request.headers, [{ name: 'Authorization', value: REDACTED }]);
  assert.deepEqual(request.queryString, [{ name: 'token', value: REDACTED }]);
  assert.ok(request.url.endsWith(`?token=${REDACTED}`));
});

test('binary bodies are base64, and truncated ones are marked', () => {
  const png = Uint8Array.of(0x89, 0x50, 0, 0xff);
  const { response, request } = entryOf(
    recorded({
      request: message([], png),
      response: message([['content-type', 'image/png']], png, true),
      responseBytes: 90_000,
    }),
  );
  assert.equal(response.content.encoding, 'base64');
  assert.equal(response.content.text, Buffer.from(png).toString('base64'));
  assert.equal(response.content.size, 90_000);
  assert.equal(response.content.comment, 'truncated');
  assert.equal(request.postData?.text, Buffer.from(png).toString('base64'));
});

test('bodies of an open exchange are marked as truncated', () => {
  const nothing = message([], '', true);
  const { durationMs: _, ...open } = recorded({ request: nothing, response: nothing });
  const { request, response } = entryOf(open);
  assert.deepEqual([request.postData?.text, request.postData?.comment], ['', 'truncated']);
  assert.deepEqual([response.content.size, response.content.comment], [3_400, 'truncated']);
});

test('a truncated text that ends within a character is still text', () => {
  const { content } = entryOf(
    recorded({ response: message([['content-type', 'text/plain']], Buffer.from('aü').subarray(0, 2), true) }),
  ).response;
  assert.equal(content.encoding, undefined);
  assert.equal(content.text, 'a\ufffd');
});

test('an exchange without a response has the status 0, and one of HTTP/2 its version', () => {
  const { status: _, durationMs: __, firstByteMs: ___, ...open } = recorded({ protocol: 'grpc' });
  const entry = entryOf({ ...open, response: message([]) });
  assert.equal(entry.response.status, 0);
  assert.equal(entry.request.httpVersion, 'HTTP/2');
  assert.deepEqual(entry.timings, { send: 0, wait: 0, receive: 0 });
});

function entryOf(details: ExchangeDetails): Entry {
  const [entry] = harOf(details).log.entries;
  assert.ok(entry);
  return entry;
}

function harOf(...exchanges: readonly ExchangeDetails[]): Har {
  return toHar(exchanges, { version: '1.2.3', originOf: () => undefined }) as Har;
}
