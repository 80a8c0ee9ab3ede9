import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HANDSHAKE_WAYS, NAME_WAYS, type NameWay, requestByName } from '../clients/byName.ts';
import { handshakeCpuMs } from '../clients/handshakeCost.ts';
import {
  after,
  type RequestForm,
  requestInTurns,
  requestOnce,
  requestOverKeptConnections,
} from '../clients/smallRequest.ts';
import { kubeconfigOf, startDemoProgram } from '../forwards.ts';
import { OURS, type PeerName, type Target } from '../peers.ts';
import type { AddServices, TunnelCount } from '../programs/demoProgram.ts';
import { residentMegabytes } from '../programs/processUsage.ts';
import { type Program, startProgram } from '../programs/program.ts';
import { median } from '../statistics.ts';
import type { Bench, Experiment, Metric, Values } from './experiment.ts';
import { FAR_ROUND_TRIP_MS } from './newConnection.ts';

/** A service of the demo cluster with two pods. */
const SERVICE = 'web.demo';
/**
 * A service of the demo cluster with one pod. A gateway to this service can be compared with a forward, which also uses
 * one pod. With two pods, the gateway would have two tunnels, and it and the cluster would write smaller pieces more
 * often. This would make the gateway slower than the forward.
 */
const SINGLE_POD = { service: 'web.staging', namespace: 'staging' };
const CLIENTS = 50;
/**
 * The number of rounds before the measurement, and the number of measured rounds. A round measures each of
 * {@link NAME_WAYS} once. The programs are slower in the first rounds.
 */
const WARM_UP_ROUNDS = 2;
const RATE_ROUNDS = 7;
const IDLE_SERVICES = 200;
const ANSWER_LIMIT_MS = 30_000;
const TITLES: Readonly<Record<NameWay, string>> = {
  socks: 'by name through SOCKS 5',
  connect: 'by name through CONNECT',
  localhost: 'by name below localhost',
};

function perWay(
  id: string,
  title: string,
  unit: Metric['unit'],
  better: Metric['better'],
  ways: readonly NameWay[] = NAME_WAYS,
): readonly Metric[] {
  return ways.map((way) => ({ id: `${id}-${way}`, title: `${title} ${TITLES[way]}`, unit, better }));
}

async function byWay(
  id: string,
  measure: (way: NameWay) => Promise<number>,
  ways: readonly NameWay[] = NAME_WAYS,
): Promise<Values> {
  const values: Record<string, number> = {};
  for (const way of ways) values[`${id}-${way}`] = await measure(way);
  return values;
}

/** Returns the CPU time of all programs since the machine started, in milliseconds. */
function machineCpuMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

/** Starts the command `kube-port-forward proxy`: a gateway to the services of a namespace by name. */
async function openNames(
  { kubeconfig, namespace }: Pick<Target, 'kubeconfig' | 'namespace'>,
  dist: string,
): Promise<Program & { readonly port: number }> {
  const cluster = ['--kubeconfig', kubeconfig, '-n', namespace];
  const program = await startProgram({
    command: process.execPath,
    arguments: [join(dist, 'cli.js'), 'proxy', ...cluster, '--port', '0'],
    ready: /by name on port \d+:[\s\S]*For programs /,
  });
  return Object.assign(program, { port: Number(/on port (\d+)/.exec(program.readyOutput)?.[1]) });
}

export const namesFar: Experiment = {
  name: 'names-far',
  metrics: perWay('nameFar', `new connection, ${FAR_ROUND_TRIP_MS} ms round trip added,`, 'ms', 'less'),
  peers: [OURS],
  isDemoOnly: true,
  async measure(_peer, bench) {
    await using names = await openNames(await bench.targetAt('far'), bench.dist);
    return await byWay('nameFar', async (way) => {
      const form = requestByName(way, SERVICE);
      const times: number[] = [];
      // Does not measure the first two requests. Each of them opens the tunnel to one of the two pods.
      for (let index = -2; index < bench.sizes.farConnections; index++) {
        times.push(await requestOnce(names.port, undefined, form));
      }
      return median(times.slice(2));
    });
  },
};

/**
 * `ratios` contains the requests per second through the gateway, for each way, divided by the requests per second
 * through a forward. `forwardCpuMs` is the CPU time of all programs for one request through the forward.
 */
interface Comparison {
  readonly ratios: Readonly<Record<NameWay, number>>;
  readonly forwardCpuMs: number;
}

/**
 * Compares requests through a gateway with requests through a forward.
 * @param measureRate measures the requests per second over a local port until `isDone` returns true
 */
async function compareWithForward(
  peer: PeerName,
  bench: Bench,
  measureRate: (port: number, isDone: () => boolean, form?: RequestForm) => Promise<number>,
): Promise<Comparison> {
  const seconds = bench.sizes.rateSeconds;
  // Starts a new forward instead of using a shared forward. The gateway is new too, and V8 optimizes the code of a
  // program during its first seconds, so an older forward would be faster.
  await using forward = await bench.fresh(peer, {});
  await using names = await openNames(
    { kubeconfig: bench.target.kubeconfig, namespace: SINGLE_POD.namespace },
    bench.dist,
  );
  const ratios: Record<NameWay, number[]> = { socks: [], connect: [], localhost: [] };
  const forwardCpuMs: number[] = [];
  // The rounds below 0 are not measured, because both programs become faster in their first seconds.
  for (let round = -WARM_UP_ROUNDS; round < RATE_ROUNDS; round++) {
    for (const way of NAME_WAYS) {
      // Measures the forward again just before each way, because the speed of the machine changes by a tenth within
      // seconds.
      const cpuMsBefore = machineCpuMs();
      const forwardRate = await measureRate(forward.port, after(seconds));
      const cpuMs = (machineCpuMs() - cpuMsBefore) / (forwardRate * seconds);
      const form = requestByName(way, SINGLE_POD.service);
      const ratio = (await measureRate(names.port, after(seconds), form)) / forwardRate;
      if (round < 0) continue;
      forwardCpuMs.push(cpuMs);
      ratios[way].push(ratio);
    }
  }
  return {
    ratios: {
      socks: median(ratios.socks),
      connect: median(ratios.connect),
      localhost: median(ratios.localhost),
    },
    forwardCpuMs: median(forwardCpuMs),
  };
}

export const nameRates: Experiment = {
  name: 'names-requests',
  metrics: [
    ...perWay(
      'nameRate',
      `${CLIENTS} clients, a new connection per request: of a forward's,`,
      'times',
      'more',
    ),
    ...perWay(
      'handshake',
      'CPU of the handshake alone, client and the smallest proxy,',
      'ms',
      'less',
      HANDSHAKE_WAYS,
    ),
    ...perWay(
      'nameBound',
      "that handshake added to a forward's CPU time per request: at most,",
      'times',
      'more',
      HANDSHAKE_WAYS,
    ),
  ],
  peers: [OURS],
  isDemoOnly: true,
  async measure(peer, bench) {
    const handshakes = await byWay(
      'handshake',
      (way) => handshakeCpuMs(requestByName(way, SINGLE_POD.service)),
      HANDSHAKE_WAYS,
    );
    const { ratios, forwardCpuMs } = await compareWithForward(
      peer,
      bench,
      async (port, isDone, form) => (await requestInTurns(port, CLIENTS, isDone, form)).perSecond,
    );
    const rates = await byWay('nameRate', async (way) => ratios[way]);
    const bounds = await byWay(
      'nameBound',
      async (way) => forwardCpuMs / (forwardCpuMs + (handshakes[`handshake-${way}`] ?? Number.NaN)),
      HANDSHAKE_WAYS,
    );
    return { ...rates, ...handshakes, ...bounds };
  },
};

export const keptNameRates: Experiment = {
  name: 'names-kept',
  metrics: perWay('nameKept', `${CLIENTS} clients, a connection each: of a forward's,`, 'times', 'more'),
  peers: [OURS],
  isDemoOnly: true,
  async measure(peer, bench) {
    const { ratios } = await compareWithForward(peer, bench, (port, isDone, form) =>
      requestOverKeptConnections(port, CLIENTS, isDone, form),
    );
    return await byWay('nameKept', async (way) => ratios[way]);
  },
};

export const idleNames: Experiment = {
  name: 'names-idle',
  metrics: [
    {
      id: 'nameGrowth',
      title: `growth with ${IDLE_SERVICES} idle services by name`,
      unit: 'MB',
      better: 'less',
    },
    {
      id: 'nameTunnels',
      title: `tunnels with ${IDLE_SERVICES} idle services by name`,
      unit: 'tunnels',
      better: 'less',
    },
  ],
  peers: [OURS],
  isDemoOnly: true,
  async measure(_peer, bench) {
    await using cluster = await startDemoProgram({});
    const namespace = 'demo';
    await using names = await openNames({ kubeconfig: kubeconfigOf(cluster), namespace }, bench.dist);
    const { processId, port } = names;
    const before = residentMegabytes(processId);
    const added = { addServices: IDLE_SERVICES, namespace } satisfies AddServices;
    await cluster.ask(added, ANSWER_LIMIT_MS);
    await pause(bench.sizes.stallMs);
    const nameGrowth = residentMegabytes(processId) - before;
    // Requests the page with the list of services only now, because the request increases the memory of the gateway.
    const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
    if (page.split('\n').length <= IDLE_SERVICES) throw new Error('the services are not there yet');
    const nameTunnels = Number(
      await cluster.ask({ count: 'openTunnels' } satisfies TunnelCount, ANSWER_LIMIT_MS),
    );
    return { nameGrowth, nameTunnels };
  },
};
