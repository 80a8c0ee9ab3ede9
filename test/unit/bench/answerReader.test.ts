import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerReader } from '../../bench/clients/answerReader.ts';

const BODY = 'x'.repeat(1000);

/** Feeds the reader one byte at a time. Returns the number of bytes after which it considers the answer complete. */
function wholeAfter(text: string): number | undefined {
  const reader = new AnswerReader();
  for (const [index, byte] of Buffer.from(text).entries()) {
    if (reader.read(Buffer.of(byte))) return index + 1;
  }
  return reader.end() ? text.length : undefined;
}

for (const [form, text] of [
  ['a length', `HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${BODY}`],
  ['no body', 'HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n'],
  [
    'chunks',
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n${BODY}\r\n5;name=value\r\nhello\r\n0\r\n\r\n`,
  ],
  [
    'chunks and a trailer',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n',
  ],
  ['the end of the connection', `HTTP/1.0 200 OK\r\n\r\n${BODY}`],
] as const) {
  test(`an answer with ${form} is complete at its last byte, however it is cut`, () => {
    assert.equal(wholeAfter(text), text.length);
    const atOnce = new AnswerReader();
    assert.equal(atOnce.read(Buffer.from(text)) || atOnce.end(), true);
  });
}

test('an answer that is cut off is not complete', () => {
  assert.equal(wholeAfter(`HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n${BODY}`), undefined);
  assert.equal(wholeAfter('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'), undefined);
});

test('the reader rejects an answer with a failure status', () => {
  assert.throws(
    () => wholeAfter('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'),
    /the answer was HTTP\/1.1 404/,
  );
});
