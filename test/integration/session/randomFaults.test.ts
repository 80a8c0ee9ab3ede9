import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delay } from '../../../src/base/async.ts';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { DemoSession } from '../../support/demoSession.ts';
import { eventually } from '../../support/eventually.ts';
import { fastClock } from '../../support/fastClock.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { get } from '../../support/tcpClient.ts';

const SEED = testSeed();
const FAULTS = Number(process.env.FAULTS ?? 1_000);
/** After this number of faults, the test ends all of them, and expects that the forward recovers. */
const ROUND = 10;
const SPEED = 10;
const PAUSE_MS = 20;
/** How long a recovery may take by the fast clock. A silent tunnel alone is noticed only after 10 s. */
const READY_LIMIT_MS = 30_000;
const MEMORY_LIMIT = 20 * 1024 ** 2;

const noise = new Set(['Timeout', 'Immediate', 'FSReqCallback', 'FSReqPromise', 'CloseReq']);

test(`${FAULTS} random faults (seed ${SEED}) end with the forward ready and nothing left behind`, async (t) => {
  const demo = await demoClusterFor(t, { clock: fastClock(SPEED) });
  const forward = new DemoSession(t, demo, 'deployment/web', 8080, { speed: SPEED, waitLimitMs: 60_000 });
  const random = new SpdyRandom(SEED);
  await forward.ready();
  await get(forward.port);
  let memory = 0;
  let slowest = 0;
  const seen = new Set<string>();
  for (let fault = 1; fault <= FAULTS; fault++) {
    seen.add(await strike(demo, forward, random));
    await delay(random.below(PAUSE_MS));
    void get(forward.port).catch(() => {});
    if (fault % ROUND !== 0) continue;
    slowest = Math.max(slowest, await recover(demo, forward));
    // Clears what the test itself has recorded, which would look like a memory leak.
    forward.notices.length = 0;
    forward.states.length = 0;
    if (fault === 10 * ROUND) memory = await usedMemory();
  }
  t.diagnostic(`slowest recovery ${Math.round(slowest)} ms, ${seen.size} kinds`);
  const grown = (await usedMemory()) - memory;
  t.diagnostic(`${(grown / 1024 ** 2).toFixed(1)} MB more than after the first hundred`);
  assert.ok(grown < MEMORY_LIMIT, `${grown} bytes more`);
  await forward.close();
  await eventually(() => demo.activity.current.openTunnels === 0, 'tunnels are left');
  await eventually(() => demo.activity.current.openPodConnections === 0, 'connections are left');
  const left = () => process.getActiveResourcesInfo().filter((name) => !noise.has(name));
  await eventually(
    () => left().every((name) => name === 'TCPServerWrap' || name === 'PipeWrap'),
    `left: ${left()}`,
  );
});

type Strike = (demo: DemoCluster, forward: DemoSession, random: SpdyRandom) => unknown;

const STRIKES: Readonly<Record<string, Strike>> = {
  resetTunnels: (demo) => demo.faults.dropTunnels('reset'),
  closeTunnels: (demo) => demo.faults.dropTunnels('close'),
  silenceTunnels: (demo) => demo.faults.dropTunnels('silence'),
  resetOneTunnel: (demo) => demo.faults.dropTunnels('reset', { count: 1 }),
  deletePod: (demo, forward) => withPod(forward, (name) => demo.pods.delete('demo', name)),
  killPod: (demo, forward) => withPod(forward, (name) => demo.pods.delete('demo', name, 0)),
  unready: (demo, forward) => withPod(forward, (name) => demo.pods.setReady('demo', name, false)),
  restartContainers: (demo, forward) => withPod(forward, (name) => demo.pods.restartContainers('demo', name)),
  restartServer: (demo) => demo.faults.restart(),
  freeze: (demo, _forward, random) => demo.faults.add({ type: 'freeze' }, 500 + random.below(15_000)),
  unauthorized: (demo) => demo.faults.add({ type: 'answer', status: 401, times: 2 }),
  internalError: (demo) => demo.faults.add({ type: 'answer', status: 500, times: 2 }),
  serverError: (demo) => demo.faults.add({ type: 'answer', status: 503, times: 3 }),
  tooMany: (demo) => demo.faults.add({ type: 'answer', status: 429, times: 2, retryAfterSeconds: 1 }),
  refuseSpdy: (demo) => demo.faults.add({ type: 'refuseTransport', transport: 'spdy', how: 502, times: 1 }),
  expireVersions: (demo) => demo.faults.expireResourceVersions(),
  wake: (_demo, forward) => forward.wake.fire(),
};

async function strike(demo: DemoCluster, forward: DemoSession, random: SpdyRandom): Promise<string> {
  const names = Object.keys(STRIKES);
  const name = random.pick(names);
  await STRIKES[name]?.(demo, forward, random);
  return name;
}

/** Calls `act` with the name of the pod that the forward uses. Ignores the error if the pod no longer exists. */
function withPod({ session }: DemoSession, act: (name: string) => void): void {
  const { state } = session;
  if (state.type !== 'ready') return;
  try {
    act(state.pod.name);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'UnknownPodError');
  }
}

/** Lifts all faults and waits until a request succeeds in the state `ready`. Returns the duration. */
async function recover(demo: DemoCluster, forward: DemoSession): Promise<number> {
  demo.faults.clear();
  for (const { metadata } of demo.pods.list('demo', { app: 'web' })) {
    if (metadata.deletionTimestamp === undefined) demo.pods.setReady('demo', metadata.name, true);
  }
  const since = forward.clock.now();
  const { state } = forward.session;
  assert.notEqual(state.type, 'failed', JSON.stringify(state));
  for (;;) {
    await forward.ready();
    // Requests may fail at first, because the forward notices silent tunnels only after up to 10 s.
    const answer = await get(forward.port).catch(() => undefined);
    if (answer?.status === 200 && forward.session.state.type === 'ready') break;
    assert.ok(forward.clock.now() - since < READY_LIMIT_MS, JSON.stringify(forward.session.state));
    await delay(1);
  }
  return forward.clock.now() - since;
}
