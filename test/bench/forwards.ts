import { join } from 'node:path';
import type { DemoClusterOptions } from '../../src/demo/demoCluster.ts';
import type { BenchOptions } from './options.ts';
import { type Forward, type PeerName, startForward, type Target } from './peers.ts';
import { type Program, startProgram } from './programs/program.ts';
import type { Bench } from './rows/experiment.ts';
import { FAR_ROUND_TRIP_MS } from './rows/newConnection.ts';

const DEMO_TARGET = { namespace: 'demo', pod: 'web', ports: [80] };

/** A bench that starts what is asked for, and ends all of it when it is disposed of. */
export interface BenchForwards extends Bench, AsyncDisposable {
  /** Whether the cluster is one of its own. */
  readonly isDemo: boolean;
}

/** Starts the demo cluster, where no other is given. */
export async function openBench(options: BenchOptions & { readonly dist: string }): Promise<BenchForwards> {
  await using started = new AsyncDisposableStack();
  const near = options.target ?? (await startDemo(started, {}));
  const owned = started.move();
  const shared = new Map<string, Promise<Forward>>();
  let far: Promise<Target> | undefined;
  const start = async (peer: PeerName, distance: 'near' | 'far') => {
    if (distance === 'far') far ??= startDemo(owned, { latencyMs: FAR_ROUND_TRIP_MS });
    const target = distance === 'far' && far !== undefined ? await far : near;
    return owned.use(await startForward(peer, target, options));
  };
  return {
    isDemo: options.target === undefined,
    sizes: options.sizes,
    target: near,
    dist: options.dist,
    async shared(peer, distance = 'near') {
      const key = `${peer} ${distance}`;
      const running = await shared.get(key);
      if (running !== undefined && !running.program.hasEnded) return running;
      const forward = start(peer, distance);
      shared.set(key, forward);
      return forward;
    },
    fresh: (peer, target, environment) =>
      startForward(peer, { ...near, ...target }, { dist: options.dist, ...(environment && { environment }) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startDemo(owned: AsyncDisposableStack, options: DemoClusterOptions): Promise<Target> {
  const program = owned.use(await startDemoProgram(options));
  return { kubeconfig: kubeconfigOf(program), ...DEMO_TARGET };
}

/** A demo cluster in a process of its own. */
export function startDemoProgram(options: DemoClusterOptions): Promise<Program> {
  return startProgram({
    command: process.execPath,
    arguments: [join(import.meta.dirname, 'programs', 'demoProgram.ts'), JSON.stringify(options)],
    ready: /Kubeconfig: .*\n/,
    hasChannel: true,
  });
}

export function kubeconfigOf({ readyOutput }: Program): string {
  return /Kubeconfig: (.*)\n/.exec(readyOutput)?.[1] ?? '';
}
