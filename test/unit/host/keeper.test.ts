import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kept, startEachAgain } from '../../../src/host/keeper.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { demoSpecification } from '../../support/hostClients.ts';

const specification = demoSpecification('/kubeconfig', 'pod/web', 80);
const gateway = {
  ...{ context: specification.target.context, namespaces: ['demo'] },
  localPort: { mode: 'preferred', port: 8900 },
} as const;
const KEPT: Kept = {
  forwards: ['one', 'two'].map((name) => ({ specification, environment: { name } })),
  gateways: ['two', 'three'].map((name) => ({ specification: gateway, environment: { name } })),
};

test('an environment whose forwards cannot be started does not stop the others, and is tried once more', async () => {
  const clock = new FakeClock();
  const started: unknown[] = [];
  const done = startEachAgain(
    KEPT,
    async ({ name = '' }, { forwards, gateways }) => {
      started.push([name, forwards.length, gateways.length]);
      if (name !== 'three') throw new Error('the host died');
    },
    clock,
  );
  await eventually(() => clock.pending > 0, 'the pause');
  assert.deepEqual(started.splice(0), [
    ['one', 1, 0],
    ['two', 1, 1],
    ['three', 0, 1],
  ]);
  clock.advance(30_000);
  await done;
  assert.deepEqual(started, [
    ['one', 1, 0],
    ['two', 1, 1],
  ]);
  assert.equal(clock.pending, 0);
});
