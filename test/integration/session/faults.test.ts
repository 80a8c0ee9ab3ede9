import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { demoClusterFor, demoRestConfig, type TestEnd } from '../../support/demoForward.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { eventually } from '../../support/eventually.ts';
import { connectToEcho, download, echoed, get } from '../../support/tcpClient.ts';
import { join, TestTcpServer } from '../../support/tcpServer.ts';

test('a deleted pod is replaced on the same port, and a connection opened meanwhile waits', async (t) => {
  const demo = await demoClusterFor(t, { podTimings: { stopMs: 60_000 } });
  const [pod] = demo.pods.list('demo', { app: 'web' });
  const name = pod?.metadata.name ?? '';
  const forward = new DemoSession(t, demo, name, 8080);
  assert.equal(await forward.ready(), name);
  const { port } = forward;
  const before = download(port, '/bytes?n=20000000');
  before.catch(() => {});
  demo.pods.delete('demo', name);
  await forward.notReady();
  assert.equal((await get(port)).status, 200, 'opened during the fault');
  assert.notEqual(await forward.ready(name), name);
  assert.equal((await before).bytes, 20_000_000, 'open before it');
  assert.equal(forward.port, port);
});

test('a service leaves a pod that is not Ready for a Ready one', async (t) => {
  const demo = await demoClusterFor(t);
  const forward = new DemoSession(t, demo, 'service/web', 'http');
  const name = await forward.ready();
  demo.pods.setReady('demo', name, false);
  assert.notEqual(await forward.ready(name), name);
  assert.equal((await get(forward.port)).status, 200);
});

for (const [what, strike] of [
  ['a restart of the containers', (demo: DemoCluster) => demo.pods.restartContainers('demo', 'web')],
  ['a reset of the tunnels', (demo: DemoCluster) => demo.faults.dropTunnels('reset')],
  ['a restart of the API server', (demo: DemoCluster) => demo.faults.restart()],
] as const) {
  test(`after ${what} a connection that is opened meanwhile is served, and the forward is ready again`, async (t) => {
    const demo = await demoClusterFor(t);
    const forward = new DemoSession(t, demo, 'web', 80);
    await forward.ready();
    const left = forward.notReady();
    await strike(demo);
    await left;
    assert.equal((await get(forward.port)).status, 200);
    await forward.ready();
  });
}

test('a silent wire is noticed within 10 s, and both tunnels are replaced', async (t) => {
  const demo = await demoClusterFor(t);
  const forward = new DemoSession(t, demo, 'web', 80, { speed: 10 });
  await forward.ready();
  // The fault must hit the spare tunnel too. A spare tunnel that is opened later would continue to serve.
  await eventually(() => demo.activity.current.openTunnels === 2, 'no spare tunnel');
  const closed = () => demo.activity.current.openedTunnels.spdy - demo.activity.current.openTunnels;
  const closedBefore = closed();
  const since = forward.clock.now();
  const lost = new Promise<void>((resolve) => {
    forward.session.onDidNotice(({ type }) => {
      if (type === 'tunnelLost') resolve();
    });
  });
  demo.faults.dropTunnels('silence');
  await lost;
  assert.ok(forward.clock.now() - since < 15_000);
  // At least two tunnels must close. More may: on a busy machine, the fast clock can make a new tunnel look silent too.
  await eventually(() => closed() - closedBefore >= 2, 'a silent tunnel is kept');
  await eventually(() => isServed(forward.port), 'no connection is served');
  await forward.ready();
});

test('the forward reconnects after the API server was gone for 20 s', async (t) => {
  const demo = await demoClusterFor(t);
  const { relay, port, restConfig } = await startRelay(t, demo);
  const forward = new DemoSession(t, demo, 'web', 80, { speed: 10, waitLimitMs: 60_000, restConfig });
  await forward.ready();
  await relay.cutOff();
  const state = await forward.notReady();
  assert.equal(state.type, 'reconnecting');
  const waiting = get(forward.port);
  const told = await forward.until((now) => now.type === 'reconnecting' && isCoded(now.error, 'UNREACHABLE'));
  assert.equal(told.type, 'reconnecting');
  await new Promise<void>((resolve) => forward.clock.setTimer(20_000, resolve));
  assert.ok(forward.notices.length < 20, 'no line for each question');
  await relay.listen(port);
  const backAt = forward.clock.now();
  await forward.ready();
  checkRecovery(t, forward.clock.now() - backAt);
  assert.equal((await waiting).status, 200);
});

test('a lost server is noticed over the channel transport too', async (t) => {
  const demo = await demoClusterFor(t);
  const { relay, port, restConfig } = await startRelay(t, demo);
  const forward = new DemoSession(t, demo, 'web', 80, { speed: 10, restConfig, transport: 'channel' });
  await forward.ready();
  assert.equal((await get(forward.port)).status, 200);
  await relay.cutOff();
  const goneAt = forward.clock.now();
  await forward.notReady();
  assert.ok(forward.clock.now() - goneAt < 15_000);
  await relay.listen(port);
  await forward.ready();
  assert.equal((await get(forward.port)).status, 200);
});

test('the forward reconnects after the API server was frozen for 20 s', async (t) => {
  const demo = await demoClusterFor(t);
  const forward = new DemoSession(t, demo, 'web', 80, { speed: 10, waitLimitMs: 60_000 });
  await forward.ready();
  const freeze = demo.faults.add({ type: 'freeze' });
  const frozenAt = forward.clock.now();
  await forward.notReady();
  assert.ok(forward.clock.now() - frozenAt < 15_000, 'noticed');
  const waiting = get(forward.port);
  await new Promise<void>((resolve) =>
    forward.clock.setTimer(20_000 - (forward.clock.now() - frozenAt), resolve),
  );
  freeze.dispose();
  const thawedAt = forward.clock.now();
  await forward.ready();
  checkRecovery(t, forward.clock.now() - thawedAt);
  assert.equal((await waiting).status, 200);
});

test('a 401 renews the credentials; while they stay refused the forward waits for a sign-in', async (t) => {
  const demo = await demoClusterFor(t);
  const good = demoRestConfig(demo);
  let runs = 0;
  let token: 'stale' | 'good' = 'good';
  const restConfig = {
    ...good,
    credentials: {
      user: 'tester',
      get: async (signal: AbortSignal) =>
        token === 'good' ? await good.credentials.get(signal) : { authorization: 'Bearer stale' },
      invalidate: () => {
        // May be called for each of two tunnels with the stale token. Only the first call counts as a renewal.
        if (token === 'stale') runs++;
        token = 'good';
        return true;
      },
    },
  };
  const forward = new DemoSession(t, demo, 'web', 80, { restConfig });
  await forward.ready();
  token = 'stale';
  demo.faults.dropTunnels('reset');
  await forward.notReady();
  await forward.ready();
  assert.equal(runs, 1);
  demo.faults.add({ type: 'answer', status: 401 });
  demo.faults.dropTunnels('reset');
  await forward.until((state) => state.type === 'reconnecting' && isCoded(state.error, 'UNAUTHORIZED'));
});

test('after an hour of sleep the tunnel is checked at once, and open connections continue', async (t) => {
  const demo = await demoClusterFor(t);
  const forward = new DemoSession(t, demo, 'echo', 7);
  await forward.ready();
  const open = await connectToEcho(forward.port);
  forward.wake.fire();
  await forward.notReady();
  await forward.ready();
  await echoed(open, 'two');
  open.destroy();
});

test('a rolling update fails none of 50 requests a second', async (t) => {
  // With a grace period of 30 s, a deleted pod has time to answer all requests that it has got.
  const demo = await demoClusterFor(t, { podTimings: { stopMs: 30_000 } });
  const forward = new DemoSession(t, demo, 'deployment/web', 8080);
  await forward.ready();
  const failures: unknown[] = [];
  const requests: Promise<unknown>[] = [];
  const ticker = setInterval(() => {
    requests.push(get(forward.port).catch((error) => failures.push(error)));
  }, 20);
  for (let round = 0; round < 4 || requests.length <= 20; round++) {
    const { state } = forward.session;
    const name = state.type === 'ready' ? state.pod.name : await forward.ready();
    demo.pods.delete('demo', name);
    await forward.ready(name);
  }
  clearInterval(ticker);
  await Promise.all(requests);
  assert.deepEqual(failures, []);
});

async function isServed(port: number): Promise<boolean> {
  return get(port).then(
    ({ status }) => status === 200,
    () => false,
  );
}

/**
 * Expects that a recovery took less than 10 s. That is generous, because the clock runs ten times as fast as real time.
 */
function checkRecovery(t: { diagnostic(message: string): void }, tookMs: number): void {
  t.diagnostic(`ready again after ${Math.round(tookMs)} ms`);
  assert.ok(tookMs < 10_000, `${tookMs} ms`);
}

/**
 * Starts a relay to the API server of a demo cluster, and returns a config that uses it. The test can cut the relay
 * off.
 */
async function startRelay(test: TestEnd, demo: DemoCluster) {
  const port = Number(demo.server.port);
  const relay = await TestTcpServer.start((client) => void join(client, { port, host: '127.0.0.1' }));
  test.after(() => relay[Symbol.asyncDispose]());
  return { relay, port: relay.port, restConfig: { ...demoRestConfig(demo), server: relay.url('https') } };
}
