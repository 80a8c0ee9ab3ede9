import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { readJsonLines } from '../../../src/kube/jsonLines.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';

async function collect(chunks: Iterable<Buffer>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of readJsonLines(Readable.from(chunks))) values.push(value);
  return values;
}

test('a recorded watch in chunks of any size', async () => {
  const text = Buffer.from(apiFixtureText('watch-pod-replaced.jsonl'));
  const expected = text
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const size of [1000, 4096, 65_536]) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) chunks.push(text.subarray(at, at + size));
    assert.deepEqual(await collect(chunks), expected);
  }
});

test('a character split between chunks, blank lines, no line break at the end', async () => {
  const text = Buffer.from('{"a":"é"}\n\n{"b":"日"}');
  const chunks = [...text].map((byte) => Buffer.from([byte]));
  assert.deepEqual(await collect(chunks), [{ a: 'é' }, { b: '日' }]);
});

test('what is no JSON, or has no end', async () => {
  await assert.rejects(collect([Buffer.from('{}\n<html>\n')]), (error) => isCoded(error, 'PROTOCOL'));
  const endless = (function* () {
    for (;;) yield Buffer.alloc(1024 * 1024, 'x');
  })();
  await assert.rejects(collect(endless), /more than 16777216 characters/);
});

test('leaving the loop destroys the stream', async () => {
  const body = Readable.from([Buffer.from('1\n2\n')]);
  for await (const value of readJsonLines(body)) {
    assert.equal(value, 1);
    break;
  }
  assert.ok(body.destroyed);
});
