import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardEntry } from '../../../../src/ui/saved/forwardEntry.ts';
import {
  readForwardsFile,
  withEntries,
  withEntriesAgain,
  withoutAutoStart,
  withoutEntries,
  writeForwardsFile,
} from '../../../../src/ui/saved/forwardsFile.ts';

const web: ForwardEntry = { name: 'Web', target: 'service/web', remotePort: 80 };
const api: ForwardEntry = { name: 'Api', target: 'api', remotePort: 'http', localPort: 8080, group: 'shop' };

test('exported forwards are imported unchanged', () => {
  const text = writeForwardsFile([web, api]);
  assert.equal(JSON.parse(text).version, 1);
  assert.deepEqual(readForwardsFile(text), {
    ...{ type: 'forwards', entries: [web, api], problems: [], leftOut: [] },
  });
});

test('a plain list is imported as well, and its problems are reported', () => {
  assert.deepEqual(readForwardsFile(JSON.stringify([web, { name: 'Bad', target: 'web', remotePort: 'X' }])), {
    type: 'forwards',
    entries: [web],
    problems: [{ name: 'Bad', field: 'remotePort', reason: 'invalid' }],
    leftOut: [],
  });
});

test('no file decides who reaches this machine', () => {
  const read = readForwardsFile(
    JSON.stringify([
      { ...web, address: '0.0.0.0' },
      { ...api, address: '127.0.0.1' },
    ]),
  );
  assert.deepEqual(read.type === 'forwards' && read.entries, [web, { ...api, address: '127.0.0.1' }]);
  assert.deepEqual(read.type === 'forwards' && read.leftOut, ['Web: address']);
});

test('unknown fields of an import are reported, and nothing has to start automatically', () => {
  const read = readForwardsFile(JSON.stringify([{ ...web, color: 'red', context: 'dev', autoStart: true }]));
  assert.ok(read.type === 'forwards');
  assert.deepEqual(read.leftOut, ['Web: color']);
  assert.deepEqual(withoutAutoStart(read.entries), [{ ...web, context: 'dev' }]);
});

for (const text of ['', '{', 'null', '7', '"forwards"', '{}', '{"forwards":{}}']) {
  test(`${JSON.stringify(text)} is not a file of forwards`, () =>
    assert.deepEqual(readForwardsFile(text), { type: 'invalid' }));
}

test('a file of a newer format is not read, because its fields may mean something else', () => {
  const read = (version: unknown) => readForwardsFile(JSON.stringify({ version, forwards: [web] })).type;
  assert.equal(read(2), 'newer');
  assert.equal(read(1.5), 'newer');
  assert.equal(read(1), 'forwards');
  assert.equal(read(undefined), 'forwards');
  assert.equal(
    readForwardsFile('{"version":2,"saved":{}}').type,
    'newer',
    'a newer format without this list',
  );
});

test('entries replace those of their names, and leave unknown ones', () => {
  const before = [{ name: 'Odd', target: 7 }, { ...web, remotePort: 8 }, null];
  assert.deepEqual(withEntries(before, [web, api]), [{ name: 'Odd', target: 7 }, web, null, api]);
  assert.deepEqual(withEntries(undefined, [web]), [web]);
});

test('entries are removed by their names', () => {
  assert.deepEqual(withoutEntries([web, null, api], ['Web']), [null, api]);
  assert.deepEqual(withoutEntries('nonsense', ['Web']), []);
});

test('deleted entries return to their old places, even if other entries were deleted or saved meanwhile', () => {
  const odd = { name: 'Odd', target: 7 };
  const before = [web, odd, null, api];
  assert.deepEqual(withEntriesAgain([null], before, ['Api', 'Web', 'Odd']), before);
  assert.deepEqual(withEntriesAgain([null, { ...api, name: 'New' }], before, ['Web']), [
    ...[web, null, { ...api, name: 'New' }],
  ]);
  assert.deepEqual(withEntriesAgain(undefined, before, ['Api']), [api]);
});

test('a deleted entry does not return if another one of its name was saved meanwhile', () => {
  const other = { ...web, remotePort: 81 };
  assert.deepEqual(withEntriesAgain([other], [web, api], ['Web', 'Api']), [other, api]);
});
