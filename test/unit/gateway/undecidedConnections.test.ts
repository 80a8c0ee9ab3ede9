import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import { UndecidedConnections } from '../../../src/gateway/undecidedConnections.ts';
import { FakeProbe } from '../../support/fakeSession.ts';
import { namespaceCluster } from '../../support/namespaceCluster.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { readToClose } from '../../support/socketPair.ts';

const LIMIT = 4;

/** Opens a connection that sends nothing, and ends it after the test. */
async function openSilent(t: TestContext, port: number): Promise<Socket> {
  const client = net.connect(port, '127.0.0.1').on('error', () => {});
  t.after(() => client.destroy());
  await once(client, 'connect');
  return client;
}

test('connections beyond the limit are reset, and the gateway reports the first of them', async (t) => {
  const restConfig = restConfigFor(new URL('https://fake.example'));
  const gateway = new Gateway({
    ...{ context: 'staging', slug: 'staging', namespaces: ['demo'], maxUndecided: LIMIT },
    localPort: { mode: 'exact', port: 0 },
    access: () => Promise.resolve({ cluster: namespaceCluster({ hasPods: true }), restConfig }),
    ...{ clock: systemClock, probe: new FakeProbe() },
  });
  t.after(() => gateway.stop());
  await gateway.settled();
  const refusals: string[] = [];
  gateway.onDidNotice((notice) => {
    if (notice.type === 'refused') refusals.push(`${notice.destination} ${notice.error.message}`);
  });
  const port = gateway.localPort ?? 0;
  for (let count = 0; count < LIMIT; count++) await openSilent(t, port);
  assert.deepEqual(refusals, []);
  for (let count = 0; count < 3; count++) {
    const { error } = await readToClose(net.connect(port, '127.0.0.1'));
    assert.match(String(error), /ECONNRESET/);
  }
  assert.equal(refusals.length, 1);
  assert.match(
    refusals[0] ?? '',
    /^undefined 4 connections wait for a pod, another server or a request, so new ones are reset: close some/,
  );
});

test('a burst of refused connections is reported again after half of the connections have ended', () => {
  const reports: string[] = [];
  const undecided = new UndecidedConnections(LIMIT, ({ code }) => reports.push(code));
  for (let count = 0; count < LIMIT; count++) assert.ok(undecided.enter());
  assert.ok(!undecided.enter());
  for (let round = 0; round < 3; round++) {
    undecided.leave();
    assert.ok(undecided.enter());
    assert.ok(!undecided.enter());
  }
  assert.deepEqual(reports, ['TOO_MANY_WAITING']);
  undecided.leave();
  undecided.leave();
  assert.ok(undecided.enter());
  assert.ok(undecided.enter());
  assert.ok(!undecided.enter());
  assert.deepEqual(reports, ['TOO_MANY_WAITING', 'TOO_MANY_WAITING']);
});
