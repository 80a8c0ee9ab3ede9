import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REDACTED } from '../../../../src/rpc/exchanges.ts';
import { exchangeDocument } from '../../../../src/ui/requests/exchangeDocument.ts';
import { exchangePath, extensionOf, readExchangePath } from '../../../../src/ui/requests/exchangePaths.ts';
import { exchange, message, recorded } from '../../../support/exchanges.ts';
import { english } from '../../../support/localizer.ts';

const documentOf = (details: Parameters<typeof exchangeDocument>[1], forward = 'web') =>
  exchangeDocument(english, details, forward);

test('a recorded request is shown with its response, and JSON on several lines', () => {
  const head = Object.entries({ Authorization: REDACTED, 'Content-Type': 'text/plain' });
  const text = documentOf(recorded({ method: 'POST', query: 'page=2', request: message(head, 'hello') }));
  const [facts = '', ...rest] = text.split('\n\n');
  assert.match(facts, /^# Forward: web\n# Pod: web-1\n# Host: localhost:8080\n# Protocol: http\/1\n# Time: /);
  assert.match(
    facts,
    /# First Byte: 10 ms\n# Duration: 12 ms\n# Request Body: 0 B\n# Response Body: 3\.4 kB$/,
  );
  assert.deepEqual(rest, [
    `POST /api/items?page=2\nAuthorization: ${REDACTED}\nContent-Type: text/plain`,
    'hello',
    '200\nContent-Type: application/json',
    '{\n  "items": [\n    1,\n    2\n  ]\n}\n',
  ]);
});

test('a request that was not recorded tells how to record the next ones', () => {
  const nothing = message([]);
  const text = documentOf({ ...exchange(1, { queryNames: ['page'] }), request: nothing, response: nothing });
  assert.match(text, /run Record Requests\.\n\nGET \/api\/items\?page\n200\n$/);
});

test('binary, truncated and missing bodies are marked, and broken JSON is unchanged', () => {
  const textOf = (response: ReturnType<typeof message>) =>
    documentOf(recorded({ response })).split('\n200\n')[1];
  assert.equal(textOf(message([], Uint8Array.of(0, 1, 2))), '\n[Binary body, 3 B]\n');
  assert.equal(
    textOf(message([['content-type', 'application/json']], '{"a":')),
    'content-type: application/json\n\n{"a":\n',
  );
  assert.equal(textOf(message([], 'abc', true)), '\nabc\n[The rest of the body was not recorded.]\n');
  assert.equal(textOf(message([['A', 'b']])), 'A: b\n');
});

test('JSON is indented, and its numbers, names and escapes are as they were sent', () => {
  const shown = (json: string) => {
    const response = message([['content-type', 'application/json']], json);
    return documentOf(recorded({ response })).split('\n\n').slice(3).join('\n\n').trimEnd();
  };
  for (const value of [[], {}, [[]], { a: [1, 'b', { c: null }], 'd "e"': true }, '{"a":[1,2]}', -1.5]) {
    assert.equal(shown(JSON.stringify(value)), JSON.stringify(value, null, 2));
    assert.equal(shown(JSON.stringify(value, null, '\t')), JSON.stringify(value, null, 2));
  }
  assert.equal(
    shown('{"id":1234567890123456789,"b":1e400,"2":1.0,"b":-0,"1":"\\u00e9\\/\\"{"}'),
    '{\n  "id": 1234567890123456789,\n  "b": 1e400,\n  "2": 1.0,\n  "b": -0,\n  "1": "\\u00e9\\/\\"{"\n}',
  );
  const deep = '['.repeat(30_000) + ']'.repeat(30_000);
  assert.equal(shown(deep), deep);
});

test('a body of an open exchange has a text that says when it can be read', () => {
  const { durationMs: _, ...open } = recorded({ response: message([], '', true) });
  assert.ok(documentOf(open).endsWith('\n200\n[Bodies can be read only when the request is complete.]\n'));
});

test('no header passes for another line', () => {
  const request = message([['X\n200', 'a\r\nSet-Cookie: x\u2028y']]);
  const text = documentOf(recorded({ request, method: 'GET\nX', note: 'a\n# b' }), 'we\nb');
  assert.match(text, /^X\\x0a200: a\\x0d\\x0aSet-Cookie: x\\u2028y$/m);
  assert.match(text, /^GET\\x0aX \/api\/items$/m);
  assert.match(text, /^# Forward: we\\x0ab$/m);
  assert.match(text, /^# Note: a\\x0a# b$/m);
});

const AT = exchange(0).startedAt;

for (const [id, path, expected] of [
  [12, exchangePath(exchange(12), 'exchange'), 'exchange/GET items.txt'],
  [12, exchangePath(exchange(12), 'response', 'json'), 'response/GET items response.json'],
  [3, exchangePath(exchange(3, { path: '/' }), 'exchange'), 'exchange/GET.txt'],
  [3, exchangePath(exchange(3, { path: '/a/..\\x?%2f' }), 'exchange'), 'exchange/GET .._x_2f.txt'],
] as const) {
  test(`the path to ${expected} has a readable title`, () =>
    assert.equal(path, `/${id}.${AT + id}/${expected}`));
}

test('paths lead to a request and its bodies', () => {
  for (const part of ['exchange', 'request', 'response'] as const) {
    const place = { id: 12, startedAt: AT + 12, part };
    assert.deepEqual(readExchangePath(exchangePath(exchange(12), part)), place);
  }
});

test('a path without an exchange, a known part or a valid number leads to nothing', () => {
  for (const path of ['', '/', '/1.2', '/1.2/exchange', '/1.2/other/x', '/x/exchange/y'])
    assert.equal(readExchangePath(path), undefined, path);
  for (const path of ['/1.2/exchange/a/b', '/-1.2/request/x'])
    assert.equal(readExchangePath(path), undefined, path);
});

test('a body has the extension of its media type', () => {
  assert.equal(extensionOf('application/json', true), 'json');
  assert.equal(extensionOf('application/problem+json', true), 'json');
  assert.equal(extensionOf('application/atom+xml', true), 'xml');
  assert.equal(extensionOf('image/png', false), 'png');
  assert.equal(extensionOf('', true), 'txt');
  assert.equal(extensionOf('../../x', false), 'bin');
});
