import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoClusterOptions } from '../../src/demo/entry.ts';
import type { BenchOptions } from './options.ts';
import { type Forward, type PeerName, startForward, type Target } from './peers.ts';
import type { TunnelCount } from './programs/demoProgram.ts';
import { type Program, startProgram } from './programs/program.ts';
import type { Bench, Distance } from './rows/experiment.ts';
import { FAR_ROUND_TRIP_MS } from './rows/newConnection.ts';

const PROGRAMS = join(import.meta.dirname, 'programs');
const ANSWER_LIMIT_MS = 10_000;
const DEMO_TARGET = { namespace: 'demo', pod: 'web', ports: [80] };

/**
 * Starts forwards and demo clusters when an experiment needs them. Disposing of the bench ends the demo clusters and
 * the forwards from {@link Bench.shared}.
 */
export interface BenchForwards extends Bench, AsyncDisposable {
  /** Whether the bench started the cluster. */
  readonly isDemo: boolean;
}

/** Creates a bench. If the options contain no `target`, starts a demo cluster for the experiments. */
export async function openBench(options: BenchOptions & { readonly dist: string }): Promise<BenchForwards> {
  await using started = new AsyncDisposableStack();
  const own = options.target === undefined ? await startDemo(started, {}) : undefined;
  const near = options.target ?? own?.target;
  if (near === undefined) throw new Error('there is no cluster');
  const owned = started.move();
  const shared = new Map<string, Promise<Forward>>();
  let far: Promise<Demo> | undefined;
  const demoAt = (distance: Distance): Demo | Promise<Demo> | undefined => {
    if (distance === 'near') return own;
    far ??= startDemo(owned, { latencyMs: FAR_ROUND_TRIP_MS });
    return far;
  };
  const targetAt = async (distance: Distance) => (await demoAt(distance))?.target ?? near;
  const start = async (peer: PeerName, distance: Distance) =>
    owned.use(await startForward(peer, await targetAt(distance), options));
  return {
    isDemo: options.target === undefined,
    sizes: options.sizes,
    target: near,
    dist: options.dist,
    targetAt,
    async shared(peer, distance = 'near') {
      const key = `${peer} ${distance}`;
      const running = await shared.get(key);
      if (running !== undefined && !running.program.hasEnded) return running;
      const forward = start(peer, distance);
      shared.set(key, forward);
      return forward;
    },
    fresh: async (peer, target, environment, distance = 'near') => {
      const place = { ...(await targetAt(distance)), ...target };
      return startForward(peer, place, { dist: options.dist, ...(environment && { environment }) });
    },
    async openTunnels(distance) {
      const count = { count: 'openTunnels' } satisfies TunnelCount;
      return Number(await (await demoAt(distance))?.program.ask(count, ANSWER_LIMIT_MS));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A demo cluster whose API server and pods run in two separate processes. */
interface Demo {
  readonly program: Program;
  readonly target: Target;
}

async function startDemo(owned: AsyncDisposableStack, options: DemoClusterOptions): Promise<Demo> {
  const folder = await mkdtemp(join(tmpdir(), 'kube-port-forward-bench-'));
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const podSocketPath = join(folder, 'pods');
  owned.use(
    await startProgram({
      command: process.execPath,
      arguments: [join(PROGRAMS, 'podsProgram.ts'), podSocketPath],
      ready: /Pods run/,
      hasChannel: true,
    }),
  );
  const program = owned.use(await startDemoProgram({ ...options, podSocketPath }));
  return { program, target: { kubeconfig: kubeconfigOf(program), ...DEMO_TARGET } };
}

/** Starts a demo cluster in a separate process. */
export function startDemoProgram(options: DemoClusterOptions): Promise<Program> {
  return startProgram({
    command: process.execPath,
    arguments: [join(PROGRAMS, 'demoProgram.ts'), JSON.stringify(options)],
    ready: /Kubeconfig: .*\n/,
    hasChannel: true,
  });
}

export function kubeconfigOf({ readyOutput }: Program): string {
  return /Kubeconfig: (.*)\n/.exec(readyOutput)?.[1] ?? '';
}
