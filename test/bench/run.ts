import type { PeerName } from './peers.ts';
import { Results } from './results.ts';
import type { Bench, Experiment, Values } from './rows/experiment.ts';

/** The time limit of a measurement. A measurement that takes longer counts as failed. */
const MEASUREMENT_LIMIT_MS = 180_000;

export interface RunOptions {
  readonly experiments: readonly Experiment[];
  readonly peers: readonly PeerName[];
  /** Called with a line for each step. */
  readonly onProgress: (line: string) => void;
}

/**
 * Runs all experiments. An experiment measures all its peers one after the other, and repeats this `pairs` times. Every
 * second time, the order of the peers is reversed, so that no peer always comes first.
 */
export async function runExperiments(bench: Bench, options: RunOptions): Promise<Results> {
  const results = new Results();
  for (const experiment of options.experiments) {
    const startedAt = performance.now();
    results.begin(experiment.metrics);
    const peers = experiment.peers.filter((peer) => options.peers.includes(peer));
    for (let pair = 0; pair < bench.sizes.pairs; pair++) {
      for (const peer of pair % 2 === 0 ? peers : peers.toReversed()) {
        results.add(experiment.metrics, peer, await measure(bench, experiment, peer, results));
      }
    }
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    options.onProgress(`${experiment.name} (${seconds} s): ${summary(results, experiment, peers)}`);
  }
  return results;
}

async function measure(
  bench: Bench,
  experiment: Experiment,
  peer: PeerName,
  results: Results,
): Promise<Values> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => limit.reject(new Error(`takes longer than ${MEASUREMENT_LIMIT_MS / 1000} s`)),
    MEASUREMENT_LIMIT_MS,
  );
  try {
    return await Promise.race([experiment.measure(peer, bench), limit.promise]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    results.failures.push({ experiment: experiment.name, peer, reason });
    return {};
  } finally {
    clearTimeout(timer);
  }
}

function summary(results: Results, { metrics }: Experiment, peers: readonly PeerName[]): string {
  return peers
    .map((peer) => {
      const values = metrics.map(({ id, unit }) => `${results.median(id, peer).toPrecision(3)} ${unit}`);
      return `${peer} ${values.join(' ')}`;
    })
    .join(', ');
}
