import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { LeftForwards } from '../../../src/host/leftForwards.ts';
import { hasLeftForwards, LEFT_FORWARDS_FILE } from '../../../src/rpc/leftForwards.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { demoSpecification } from '../../support/hostClients.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const STARTED_MS = 1_000_000_000;
const holder = { id: 'a terminal', kind: 'terminal' } as const;
const web = { ...demoSpecification('/kubeconfig', 'pod/web', 80), holder };
const echo = { ...demoSpecification('/kubeconfig', 'pod/echo', 7), holder };
const BOTH = [
  { environmentKey: 'mine', specification: web },
  { environmentKey: 'other', specification: echo },
];

/** What the next host has, after one that was ended while it kept these. */
function nextHost(folder: string, startedAtMs = STARTED_MS): LeftForwards {
  const next = new LeftForwards(folder, startedAtMs);
  next.begin();
  return next;
}

test('the next host has what the last one kept, for a client of the same environment, once', async () => {
  await using folder = await temporaryDirectory();
  new LeftForwards(folder.path, STARTED_MS).keep(BOTH);
  assert.equal(await hasLeftForwards(folder.path), true);
  await assertPrivate(join(folder.path, LEFT_FORWARDS_FILE));
  const next = nextHost(folder.path);
  assert.deepEqual(next.take('nobody'), []);
  assert.deepEqual(next.take('mine'), [web]);
  assert.deepEqual(next.take('mine'), []);
  // The other environment's stay in the file.
  next.keep([]);
  assert.deepEqual(nextHost(folder.path).take('other'), [echo]);
});

test('a host that ends in order, or a restart of the machine, leaves nothing', async () => {
  await using folder = await temporaryDirectory();
  const host = new LeftForwards(folder.path, STARTED_MS);
  host.keep(BOTH);
  host.keep([]);
  assert.equal(await hasLeftForwards(folder.path), false);
  host.keep(BOTH);
  const later = nextHost(folder.path, STARTED_MS + 3_600_000);
  assert.deepEqual([later.take('mine'), later.take('other')], [[], []]);
  assert.equal(existsSync(join(folder.path, LEFT_FORWARDS_FILE)), false);
});

test('the file has no environment, and a damaged one is passed over', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, LEFT_FORWARDS_FILE);
  new LeftForwards(folder.path, STARTED_MS).keep(BOTH);
  const [first] = JSON.parse(await readFile(path, 'utf8')).forwards;
  assert.deepEqual(Object.keys(first), ['environmentKey', 'specification']);
  for (const text of ['{"forw', '{"startedAtMs":1000000000,"forwards":[{"specification":{}}]}', '[]']) {
    await writeFile(path, text);
    assert.deepEqual(nextHost(folder.path).take('mine'), []);
  }
});
