import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AllLeft, LeftForwards } from '../../../src/host/leftForwards.ts';
import type { StartGateway } from '../../../src/rpc/gatewayContract.ts';
import { hasLeftForwards, LEFT_FORWARDS_FILE } from '../../../src/rpc/leftForwards.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { demoSpecification } from '../../support/hostClients.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const STARTED_MS = 1_000_000_000;
const holder = { id: 'a terminal', kind: 'terminal' } as const;
const web = { ...demoSpecification('/kubeconfig', 'pod/web', 80), holder };
const echo = { ...demoSpecification('/kubeconfig', 'pod/echo', 7), holder };
const open: StartGateway = {
  context: { kubeconfig: '/kubeconfig', context: 'demo-admin' },
  namespaces: ['demo'],
  localPort: { mode: 'preferred', port: 8900 },
  holder,
};
const ALL: AllLeft = {
  forwards: [
    { environmentKey: 'mine', specification: web },
    { environmentKey: 'other', specification: echo },
  ],
  gateways: [{ environmentKey: 'mine', specification: open }],
};
const NOTHING = { forwards: [], gateways: [] };

/** Returns what the next host reads from the file that the last host left in the folder. */
function nextHost(folder: string, startedAtMs = STARTED_MS): LeftForwards {
  const next = new LeftForwards(folder, startedAtMs);
  next.begin();
  return next;
}

test('the next host returns the forwards of the last one once, to a client of the same environment', async () => {
  await using folder = await temporaryDirectory();
  new LeftForwards(folder.path, STARTED_MS).keep(ALL);
  assert.equal(await hasLeftForwards(folder.path), true);
  await assertPrivate(join(folder.path, LEFT_FORWARDS_FILE));
  const next = nextHost(folder.path);
  assert.deepEqual(next.take('nobody'), NOTHING);
  assert.deepEqual(next.take('mine'), { forwards: [web], gateways: [open] });
  assert.deepEqual(next.take('mine'), NOTHING);
  // Forwards of the other environment stay in the file.
  next.keep(NOTHING);
  assert.deepEqual(nextHost(folder.path).take('other'), { forwards: [echo], gateways: [] });
});

test('a clean end of the host or a restart of the machine leaves nothing', async () => {
  await using folder = await temporaryDirectory();
  const host = new LeftForwards(folder.path, STARTED_MS);
  host.keep(ALL);
  host.keep(NOTHING);
  assert.equal(await hasLeftForwards(folder.path), false);
  host.keep(ALL);
  const later = nextHost(folder.path, STARTED_MS + 3_600_000);
  assert.deepEqual([later.take('mine'), later.take('other')], [NOTHING, NOTHING]);
  assert.equal(existsSync(join(folder.path, LEFT_FORWARDS_FILE)), false);
});

test('the file contains no environment, and a damaged one is ignored', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, LEFT_FORWARDS_FILE);
  new LeftForwards(folder.path, STARTED_MS).keep(ALL);
  const [first] = JSON.parse(await readFile(path, 'utf8')).forwards;
  assert.deepEqual(Object.keys(first), ['environmentKey', 'specification']);
  for (const text of ['{"forw', '{"startedAtMs":1000000000,"forwards":[{"specification":{}}]}', '[]']) {
    await writeFile(path, text);
    assert.deepEqual(nextHost(folder.path).take('mine'), NOTHING);
  }
});
