import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { JsonError, type JsonFault } from '../../../src/json/jsonError.ts';
import { type JsonPart, readJson, readJsonValues } from '../../../src/json/readJson.ts';
import { elements, object, required, text, type ValueOf } from '../../../src/json/shape.ts';
import { apiFixtureText } from '../../support/apiFixture.ts';

const metadata = object({ name: required(text()), resourceVersion: text() });
const ITEM = object({ metadata: required(metadata) });
const LIST = object({ metadata: object({ resourceVersion: text() }), items: elements(ITEM) });
const EVENT = object({ type: text(), object: object({ metadata: object({ resourceVersion: text() }) }) });
const MEBIBYTE = 1024 * 1024;

function* chunksOf(json: string, size: number): Generator<Buffer, void, undefined> {
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readList(chunks: Iterable<Buffer>, maxBytes = 32 * MEBIBYTE) {
  const items: JsonPart<ValueOf<typeof ITEM>>[] = [];
  const onElement = (item: JsonPart<ValueOf<typeof ITEM>>) => items.push(item);
  const list = await readJson(Readable.from(chunks), LIST, { maxBytes, onElement });
  return { list, items: items.map(({ value }) => value) };
}

async function readEvents(chunks: Iterable<Buffer>, maxBytes = MEBIBYTE): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const { value } of readJsonValues(Readable.from(chunks), EVENT, { maxBytes }))
    values.push(value);
  return values;
}

const failsWith = (fault: JsonFault) => (error: unknown) =>
  error instanceof JsonError && error.fault === fault;

test('a recorded list in chunks of any size gives the result of JSON.parse', async () => {
  const json = apiFixtureText('pods-demo.json');
  const whole = JSON.parse(json);
  const items = whole.items.map((item: { metadata: { name: string; resourceVersion: string } }) => ({
    metadata: { name: item.metadata.name, resourceVersion: item.metadata.resourceVersion },
  }));
  for (const size of [1, 7, 1000, 65_536]) {
    assert.deepEqual(await readList(chunksOf(json, size)), {
      list: { metadata: { resourceVersion: whole.metadata.resourceVersion }, items: [] },
      items,
    });
  }
});

test('a recorded watch in chunks of any size gives every event', async () => {
  const json = apiFixtureText('watch-pod-replaced.jsonl');
  const expected = json
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .map(({ type, object: { metadata } }) => ({
      type,
      object: { metadata: { resourceVersion: metadata.resourceVersion } },
    }));
  for (const size of [1, 1000, 65_536]) assert.deepEqual(await readEvents(chunksOf(json, size)), expected);
});

test('items are found anywhere, and those of another shape are reported as such', async () => {
  const json =
    '{"items":[{"metadata":{"name":5}},{"metadata":{"name":"a"}},7,[],null],"metadata":{"resourceVersion":"9"}}';
  const { list, items } = await readList([Buffer.from(json)]);
  assert.deepEqual(items, [undefined, { metadata: { name: 'a' } }, undefined, undefined, undefined]);
  assert.deepEqual(list, { metadata: { resourceVersion: '9' }, items: [] });
  const empty = await readList([Buffer.from('{"items":null}')]);
  assert.deepEqual(empty, { list: { items: null }, items: [] });
});

test('a text longer than the limit is not read to its end', async () => {
  let sent = 0;
  const endless = (function* () {
    yield Buffer.from('{"items":[');
    for (;;) {
      sent += MEBIBYTE;
      yield Buffer.from('{},'.repeat(MEBIBYTE / 3));
    }
  })();
  await assert.rejects(readList(endless, 4 * MEBIBYTE), failsWith('tooLong'));
  assert.ok(sent < 10 * MEBIBYTE);
});

test('an endless event and endless blank lines end the reading', async () => {
  const endlessParts = {
    '{"type":"ADDED","b":"': 'x',
    '{"type":"ADDED"}': '\n',
    '{"b":[1': ',1',
    '[': '{},',
  };
  for (const [first, part] of Object.entries(endlessParts)) {
    const endless = (function* () {
      yield Buffer.from(first);
      for (;;) yield Buffer.from(part.repeat(10_000));
    })();
    await assert.rejects(readEvents(endless), failsWith('tooLong'));
  }
});

test('blank lines, a missing final line break and an end in the middle are handled', async () => {
  assert.deepEqual(await readEvents(chunksOf('{"type":"é"}\n\n\r\n{"type":"日"}', 1)), [
    { type: 'é' },
    { type: '日' },
  ]);
  await assert.rejects(readEvents(chunksOf('{"type":"a"}\n{"ty', 5)), failsWith('unfinished'));
  await assert.rejects(readEvents(chunksOf('{"type":"a"}\n<html>', 5)), failsWith('malformed'));
});

test('leaving the loop destroys the stream', async () => {
  const body = Readable.from([Buffer.from('{"type":"a"}\n{"type":"b"}\n')]);
  for await (const { value } of readJsonValues(body, EVENT, { maxBytes: MEBIBYTE })) {
    assert.deepEqual(value, { type: 'a' });
    break;
  }
  assert.ok(body.destroyed);
});

test('other work gets its turns while a long text is read from memory', async () => {
  const json = Buffer.from(`{"items":[${'{"metadata":{"name":"a"}},'.repeat(400_000)}null]}`);
  let turns = 0;
  const count = () => {
    turns += 1;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const { items } = await readList([json]);
  clearImmediate(turn);
  assert.equal(items.length, 400_001);
  assert.ok(turns > 20, `${turns} turns`);
});
