import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ExchangeDetails, REDACTED } from '../../../../src/rpc/exchanges.ts';
import { toRecordedRequest } from '../../../../src/ui/requests/recordedRequest.ts';
import {
  fillIn,
  needsConfirmation,
  placeholders,
  replayObstacle,
} from '../../../../src/ui/requests/replayRequest.ts';
import { exchange, message, recorded } from '../../../support/exchanges.ts';

const ORIGIN = 'http://localhost:8080';

test('recorded, complete HTTP/1.1 requests can be replayed, and others have a reason why not', () => {
  const { status: _, durationMs: __, ...running } = recorded();
  assert.equal(replayObstacle(recorded()), undefined);
  assert.equal(replayObstacle(exchange(1)), 'notRecorded');
  assert.equal(replayObstacle(exchange(1, { isRecorded: true })), 'notRecorded');
  assert.equal(replayObstacle(recorded({ request: message([], 'x', true) })), 'truncated');
  assert.equal(replayObstacle(recorded({ response: message([], 'x', true) })), undefined);
  assert.equal(replayObstacle(running), 'running');
  const { durationMs: ___, ...streaming } = recorded();
  assert.equal(replayObstacle(streaming), undefined);
  assert.equal(replayObstacle({ ...streaming, method: 'POST' }), 'running');
  assert.equal(replayObstacle({ ...streaming, requestBytes: 1, request: message([], '', true) }), 'running');
  for (const protocol of ['http/2', 'grpc', 'websocket', 'tls', 'tcp'] as const) {
    assert.equal(replayObstacle(recorded({ protocol })), 'protocol');
  }
  assert.equal(replayObstacle(recorded({ method: 'CONNECT' })), 'protocol');
});

test('everything except GET and HEAD is confirmed, whatever the method is called', () => {
  const isConfirmed = (method: string) => needsConfirmation(toRecordedRequest(recorded({ method }), ORIGIN));
  for (const method of ['GET', 'HEAD']) assert.equal(isConfirmed(method), false, method);
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'get', 'Get'])
    assert.equal(isConfirmed(method), true, method);
});

const REDACTED_PARTS: Partial<ExchangeDetails> = {
  method: 'POST',
  query: `page=1&token=${REDACTED}&api_key=${REDACTED}`,
  request: message(
    [
      ['Authorization', REDACTED],
      ['Content-Type', 'application/json'],
      ['Referer', `http://x/?token=${REDACTED}`],
      ['Cookie', REDACTED],
    ],
    `{"user":"ü","password":"${REDACTED}","note":"token: ${REDACTED}"}`,
  ),
};

test('the user is asked for each redacted value by its name', () => {
  const asked = placeholders(toRecordedRequest(recorded(REDACTED_PARTS), ORIGIN));
  const headers = 'header Authorization, header Referer, header Cookie';
  const expected = `${headers}, target token, target api_key, body password, body token`;
  assert.equal(asked.map(({ type, name }) => `${type} ${name}`).join(', '), expected);
});

test('the values replace the placeholders, and nothing else changes', () => {
  const request = toRecordedRequest(recorded(REDACTED_PARTS), ORIGIN);
  const values = ['Bearer $& $1', 't1', 'a=1; b=2', 'a b&c', 'k', 'ß"', 'last'];
  const given = new Map(placeholders(request).map((one, index) => [one, values[index] ?? '']));
  const filled = fillIn(request, given);
  assert.deepEqual(filled.headers, [
    ['Authorization', 'Bearer $& $1'],
    ['Content-Type', 'application/json'],
    ['Referer', 'http://x/?token=t1'],
    ['Cookie', 'a=1; b=2'],
  ]);
  assert.equal(filled.target, '/api/items?page=1&token=a%20b%26c&api_key=k');
  assert.equal(Buffer.from(filled.body).toString(), '{"user":"ü","password":"ß\\"","note":"token: last"}');
  assert.deepEqual(placeholders(filled), []);
});

test('a value is encoded for the media type of the body', () => {
  const body = (type: string, text: string) => {
    const details = recorded({ method: 'POST', request: message([['content-type', type]], text) });
    const request = toRecordedRequest(details, ORIGIN);
    const values = new Map(placeholders(request).map((one) => [one, 'a "b"&c']));
    return Buffer.from(fillIn(request, values).body).toString();
  };
  assert.equal(body('application/vnd.api+json', `{"key":"${REDACTED}"}`), '{"key":"a \\"b\\"&c"}');
  assert.equal(body('application/x-www-form-urlencoded', `pass=${REDACTED}&x=1`), 'pass=a%20%22b%22%26c&x=1');
  assert.equal(body('text/plain', `pass=${REDACTED}`), 'pass=a "b"&c');
});

test('a request without redacted values asks for nothing and is unchanged', () => {
  const details = recorded({ request: message([['A', 'b']], Uint8Array.of(0, 255)) });
  const request = toRecordedRequest(details, ORIGIN);
  assert.deepEqual(placeholders(request), []);
  assert.deepEqual(fillIn(request, new Map()).body, Buffer.from([0, 255]));
});
