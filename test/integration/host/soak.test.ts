import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { delay, systemClock } from '../../../src/base/async.ts';
import type { DemoCluster } from '../../../src/demo/entry.ts';
import { challengeHost } from '../../../src/rpc/challenge.ts';
import {
  closeView,
  listPorts,
  openView,
  refreshView,
  type ViewScope,
} from '../../../src/rpc/clustersContract.ts';
import {
  type ForwardSpecification,
  listForwards,
  setLabel,
  startForward,
  stopForward,
} from '../../../src/rpc/forwardsContract.ts';
import type { Holder } from '../../../src/rpc/holdersContract.ts';
import { latestRecord } from '../../../src/rpc/hostRecord.ts';
import { connectToRecord } from '../../../src/rpc/hostSocket.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { demoSpecification, HostBench, type TestClient } from '../../support/hostClients.ts';
import { HOSTILE_ANSWERS, HostileServer, hostileKubeconfig } from '../../support/hostileServer.ts';
import { SpdyRandom, testSeed } from '../../support/spdyRandom.ts';
import { get } from '../../support/tcpClient.ts';

const SEED = testSeed();
/** How long the test runs. `npm run soak` sets SOAK_SECONDS to several minutes. */
const SECONDS = Number(process.env.SOAK_SECONDS ?? 30);
/** The part of the time before the first measurement, in which buffers and compiled code are created. */
const WARM_UP_SHARE = 0.3;
const MORE_MEMORY = 60_000_000;
const MORE_HANDLES = 5;
const MAX_CLIENTS = 4;
const PAUSE_MS = 40;

interface Soak {
  readonly bench: HostBench;
  readonly demo: DemoCluster;
  readonly hostile: HostileServer;
  readonly hostileConfig: string;
  readonly random: SpdyRandom;
  readonly clients: TestClient[];
}

type Action = (soak: Soak) => Promise<void> | void;

/**
 * The possible actions of clients, clusters and other programs of the user. No action waits for an answer, because the
 * answer may never come.
 */
const ACTIONS: Readonly<Record<string, Action>> = {
  async joinClient({ bench, clients }) {
    if (clients.length < MAX_CLIENTS) clients.push(await bench.client());
  },
  leaveClient({ clients, random }) {
    if (clients.length > 0) clients.splice(random.below(clients.length), 1)[0]?.dispose();
  },
  openView: (soak) =>
    ask(soak, (client) => client.request(openView, { viewId: someId(soak), scope: someScope(soak) })),
  closeView: (soak) => ask(soak, (client) => client.request(closeView, { viewId: someId(soak) })),
  refreshView: (soak) => ask(soak, (client) => client.request(refreshView, { viewId: someId(soak) })),
  startForward: (soak) =>
    ask(soak, (client) =>
      client.request(startForward, { ...someSpecification(soak), holder: someHolder(soak) }),
    ),
  stopForward: (soak) =>
    ask(soak, (client) => client.request(stopForward, { id: String(soak.random.below(20) + 2) })),
  listPorts: (soak) => ask(soak, (client) => client.request(listPorts, someSpecification(soak).target)),
  wrongParameters: (soak) =>
    ask(soak, (client) => {
      const wrong = soak.random.pick<unknown>([{}, { id: {}, label: {} }, { viewId: 'a' }, null, 5]);
      const type = soak.random.pick([setLabel, startForward, openView]);
      return client.request(type as typeof setLabel, wrong as { id: string; label: string });
    }),
  changeAnswer({ hostile, random }) {
    hostile.answer = random.pick(Object.values(HOSTILE_ANSWERS));
  },
  brokenHandshake: async ({ bench, random }) => {
    const socket = await socketOf(bench);
    socket?.write(randomBytes(random.below(70)));
    setTimeout(() => socket?.destroy(), random.below(500));
  },
  brokenMessages: async ({ bench, random }) => {
    const socket = await provenSocket(bench);
    socket?.write(
      random.pick(['Content-Length: 99999999\r\n\r\n', 'a'.repeat(5_000), 'Content-Length: 5\r\n\r\n{"a":']),
    );
    setTimeout(() => socket?.destroy(), random.below(500));
  },
  clientThatDoesNotRead: async ({ bench }) => {
    const socket = await provenSocket(bench);
    const text = '{"jsonrpc":"2.0","id":1,"method":"forwards/list"}';
    socket?.pause().write(`Content-Length: ${text.length}\r\n\r\n${text}`.repeat(2_000));
    setTimeout(() => socket?.destroy(), 1_000);
  },
  resetTunnels: ({ demo }) => void demo.faults.dropTunnels('reset'),
  closeTunnels: ({ demo }) => void demo.faults.dropTunnels('close'),
  serverErrors: ({ demo }) => void demo.faults.add({ type: 'answer', status: 503, times: 2 }),
  expireVersions: ({ demo }) => demo.faults.expireResourceVersions(),
};

test(`${SECONDS} s of random clients, faults and a hostile cluster (seed ${SEED}) leave the host unchanged`, async (t) => {
  const demo = await demoClusterFor(t);
  const bench = await HostBench.create(t);
  await using hostile = await HostileServer.start(() => {});
  const hostileConfig = join(bench.folder, '..', 'hostile');
  await writeFile(hostileConfig, hostileKubeconfig(hostile.url));
  const soak = { bench, demo, hostile, hostileConfig, random: new SpdyRandom(SEED), clients: [] };
  const keeper = await bench.client();
  const steady = await keeper.request(
    startForward,
    demoSpecification(demo.kubeconfigPath, 'deployment/web', 8080),
  );
  assert.equal(steady.state.type, 'ready');
  const port = steady.localPort ?? 0;
  let actions = await strike(soak, SECONDS * WARM_UP_SHARE, port);
  const before = await settled(soak, keeper, port);
  actions += await strike(soak, SECONDS * (1 - WARM_UP_SHARE), port);
  const after = await settled(soak, keeper, port, before);
  t.diagnostic(`${actions} actions, ${hostile.heads.length} requests to the hostile cluster`);
  t.diagnostic(`memory ${megabytes(before.memory)} before, ${megabytes(after.memory)} after`);
  t.diagnostic(`handles ${before.handles} before, ${after.handles} after`);
  assert.ok(
    await bench.join().then((client) => client && bench.own(client).host.processId === keeper.processId),
  );
  assert.ok(
    after.handles <= before.handles + MORE_HANDLES,
    `${before.handles} handles, then ${after.handles}`,
  );
  assert.ok(after.memory <= before.memory + MORE_MEMORY, `${before.memory} bytes, then ${after.memory}`);
});

/**
 * Performs random actions for some time. After every 50 actions, checks the forward on `port`. Returns the number of
 * actions.
 */
async function strike(soak: Soak, seconds: number, port: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  let actions = 0;
  while (performance.now() < end) {
    const name = soak.random.pick(Object.keys(ACTIONS));
    await ACTIONS[name]?.(soak);
    await delay(soak.random.below(PAUSE_MS));
    if (++actions % 50 === 0) await answersAgain(soak, port);
  }
  return actions;
}

async function answersAgain({ demo }: Soak, port: number): Promise<void> {
  demo.faults.clear();
  await eventually(
    async () => (await get(port).catch(() => undefined))?.status === 200,
    'the forward does not answer any more',
  );
}

/**
 * Ends all clients and forwards except `keeper` and the forward on `port`. Measures the host once its memory and
 * handles are near the goal, or after a time limit.
 */
async function settled(soak: Soak, keeper: TestClient, port: number, goal?: Usage): Promise<Usage> {
  for (const client of soak.clients.splice(0)) client.dispose();
  soak.hostile.answer = () => {};
  await answersAgain(soak, port);
  for (const { id, localPort } of await keeper.request(listForwards)) {
    if (localPort !== port) await keeper.request(stopForward, { id });
  }
  // Before the first measurement, closes the connections that the host keeps. Before the second one, the host must
  // close these connections itself.
  if (goal === undefined) soak.hostile.disconnect();
  const isGood = ({ memory, handles }: Usage) =>
    goal === undefined || (memory <= goal.memory + MORE_MEMORY && handles <= goal.handles + MORE_HANDLES);
  // Gives the host time: it closes kept connections later, and collects garbage when it is idle.
  const limit = performance.now() + (goal === undefined ? 3_000 : 60_000);
  let usage = usageOf(keeper.processId);
  while (performance.now() < limit && (goal === undefined || !isGood(usage))) {
    await delay(500);
    usage = usageOf(keeper.processId);
  }
  return usage;
}

interface Usage {
  readonly memory: number;
  readonly handles: number;
}

/** Returns the memory and the number of handles of a process. Both are 0 on other systems than Linux. */
function usageOf(processId: number): Usage {
  if (process.platform !== 'linux') return { memory: 0, handles: 0 };
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${processId}/status`, 'utf8'))?.[1];
  return { memory: Number(kibibytes) * 1024, handles: readdirSync(`/proc/${processId}/fd`).length };
}

function ask({ clients, random }: Soak, request: (client: TestClient) => Promise<unknown>): void {
  if (clients.length > 0) request(random.pick(clients)).catch(() => {});
}

const someId = ({ random }: Soak): number => random.below(6);

function someScope({ random, demo, hostileConfig }: Soak): ViewScope {
  const context = random.pick([
    { kubeconfig: demo.kubeconfigPath, context: 'demo-admin' },
    { kubeconfig: hostileConfig, context: 'hostile' },
    { kubeconfig: hostileConfig, context: 'none' },
  ]);
  const type = random.pick(['namespaces', 'pods', 'services', 'workloads'] as const);
  if (type === 'namespaces') return { type, context };
  return { type, context, namespace: 'demo', limit: 100, ...(random.below(2) === 0 && { filter: 'w' }) };
}

function someHolder({ random }: Soak): Holder {
  const kind = random.pick(['window', 'task', 'tool'] as const);
  return { id: `${kind} ${random.below(100)}`, kind };
}

function someSpecification({ random, demo, hostileConfig }: Soak): ForwardSpecification {
  const more = { podRunningTimeoutMs: 1_000 };
  return random.below(2) === 0
    ? demoSpecification(
        demo.kubeconfigPath,
        random.pick(['pod/echo', 'service/web', 'pod/none'] as const),
        80,
        more,
      )
    : demoSpecification(hostileConfig, random.pick(['pod/web', 'service/web'] as const), 'http', {
        ...more,
        context: 'hostile',
      });
}

async function socketOf({ folder }: HostBench) {
  const record = (await latestRecord(folder))?.record;
  const socket = record && (await connectToRecord(record, AbortSignal.timeout(10_000)));
  return socket?.on('error', () => {});
}

async function provenSocket(bench: HostBench) {
  const { secret = '' } = (await latestRecord(bench.folder))?.record ?? {};
  const socket = await socketOf(bench);
  if (socket !== undefined) await challengeHost(socket, secret, systemClock, AbortSignal.timeout(10_000));
  return socket;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}
