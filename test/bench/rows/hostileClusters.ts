import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { closeView, listContexts, openView } from '../../../src/rpc/clustersContract.ts';
import { connectToHost } from '../../../src/rpc/connectToHost.ts';
import { startForward } from '../../../src/rpc/forwardsContract.ts';
import type { HostClient } from '../../../src/rpc/hostClient.ts';
import { requestOnce } from '../clients/smallRequest.ts';
import { residentMegabytes } from '../programs/processUsage.ts';
import { type Program, startProgram } from '../programs/program.ts';
import { quantile } from '../statistics.ts';
import type { Bench, Experiment } from './experiment.ts';

const REQUESTS_PER_SECOND = 200;
/** How long the benchmark lets the host list and watch the pods of each hostile cluster, in seconds. */
const VIEW_SECONDS = 1;
/** How long the host may take to release the memory that listing the pods has used, in milliseconds. */
const REST_MS = 5_000;
const START_LIMIT_MS = 20_000;

export const hostileClusters: Experiment = {
  name: 'hostile',
  metrics: [
    {
      id: 'hostileFailed',
      title: 'requests that fail beside views of hostile clusters',
      unit: '%',
      better: 'less',
    },
    { id: 'hostileDelay', title: 'their p99, more than undisturbed', unit: 'ms', better: 'less' },
    { id: 'hostileMemory', title: 'memory of the forward host afterwards', unit: 'MB', better: 'less' },
  ],
  peers: ['thisSpdy'],
  async measure(_peer, bench) {
    const folder = await mkdtemp(join(tmpdir(), 'kpf-bench-'));
    await using hostile = await startHostile('hostileProgram.ts');
    await using odd = await startHostile('oddAnswersProgram.ts');
    const clusters = [...clustersOf(hostile), ...clustersOf(odd)];
    const kubeconfig = await describe(clusters, folder);
    const client = await joinHost(folder, bench);
    try {
      const port = await forwardTo(client, bench);
      await requestsFor(port, VIEW_SECONDS);
      const undisturbed = await requestsFor(port, VIEW_SECONDS);
      let failed = 0;
      const times: number[] = [];
      for (const [viewId, { name: context }] of clusters.entries()) {
        const scope = {
          type: 'pods',
          context: { kubeconfig, context },
          namespace: 'default',
          filter: 'n',
          limit: 500,
        } as const;
        await client.request(openView, { viewId, scope });
        const beside = await requestsFor(port, VIEW_SECONDS);
        await client.request(closeView, { viewId });
        failed += beside.failed;
        times.push(...beside.times);
      }
      await pause(REST_MS);
      return {
        hostileFailed: (100 * failed) / (failed + times.length),
        hostileDelay: quantile(times, 0.99) - quantile(undisturbed.times, 0.99),
        hostileMemory: residentMegabytes(client.host.processId),
      };
    } finally {
      client.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function startHostile(name: string): Promise<Program> {
  return startProgram({
    command: process.execPath,
    arguments: [join(import.meta.dirname, '..', '..', 'support', name)],
    ready: /Hostile: .*\n/,
    hasChannel: true,
  });
}

interface HostileCluster {
  readonly name: string;
  readonly server: string;
}

/**
 * Returns the clusters whose names the program has printed. Each cluster misbehaves in another way. The name of a
 * cluster is the path of its URL.
 */
function clustersOf({ readyOutput }: Program): readonly HostileCluster[] {
  const [, port = '', ...names] = readyOutput.trim().split(' ');
  return names.map((name) => ({ name, server: `http://127.0.0.1:${port}/${name}` }));
}

/** Writes a kubeconfig with a context for each cluster, and returns its path. */
async function describe(clusters: readonly HostileCluster[], folder: string): Promise<string> {
  const kubeconfig = join(folder, 'hostile.json');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: clusters.map(({ name, server }) => ({ name, cluster: { server } })),
      users: [{ name: 'nobody', user: {} }],
      contexts: clusters.map(({ name }) => ({ name, context: { cluster: name, user: 'nobody' } })),
    }),
  );
  return kubeconfig;
}

function joinHost(folder: string, { dist, target }: Bench): Promise<HostClient> {
  return connectToHost({
    mode: 'joinOrStart',
    folder: join(folder, 'host'),
    program: {
      execPath: process.execPath,
      script: resolve(dist, 'host.js'),
      environment: process.env,
      lingerMs: 0,
    },
    client: { name: 'benchmark', version: '1' },
    environment: { HOME: folder, KUBECONFIG: target.kubeconfig },
    kubeconfigFiles: [],
    signal: AbortSignal.timeout(START_LIMIT_MS),
  });
}

async function forwardTo(client: HostClient, { target }: Bench): Promise<number> {
  const { contexts } = await client.request(listContexts);
  const context = target.context ?? contexts.find(({ isCurrent }) => isCurrent)?.context ?? '';
  const { localPort = 0 } = await client.request(startForward, {
    target: {
      context: { kubeconfig: '', context },
      namespace: target.namespace,
      kind: 'pod',
      name: target.pod,
    },
    remotePort: target.ports[0] ?? 80,
    localPort: { mode: 'exact', port: 0 },
    address: '127.0.0.1',
  });
  return localPort;
}

/** Sends requests at a steady rate, each over a new connection. Does not wait for earlier responses. */
async function requestsFor(
  port: number,
  seconds: number,
): Promise<{ readonly times: number[]; readonly failed: number }> {
  const startedAt = performance.now();
  const requests: Promise<number>[] = [];
  const due = () => ((performance.now() - startedAt) / 1000) * REQUESTS_PER_SECOND;
  while (requests.length < seconds * REQUESTS_PER_SECOND) {
    while (requests.length < due()) {
      const request = requestOnce(port);
      request.catch(() => {});
      requests.push(request);
    }
    await pause(1);
  }
  const results = await Promise.allSettled(requests);
  const times = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  return { times, failed: results.length - times.length };
}
