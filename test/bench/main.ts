import { buildBundles } from '../../scripts/build.ts';
import { type BenchForwards, openBench } from './forwards.ts';
import { engineGoals } from './goals.ts';
import { describeRun, kubectlVersion } from './machine.ts';
import { type BenchOptions, HELP, parseOptions } from './options.ts';
import { PEER_TITLES, type PeerName } from './peers.ts';
import { goalTable, resultTable } from './report/markdown.ts';
import type { Results } from './results.ts';
import { EXPERIMENTS } from './rows/experiments.ts';
import { runExperiments } from './run.ts';

const args = process.argv.slice(2);
const options = parseOptions(args);
if (options === undefined) process.stdout.write(HELP);
else await bench(options);

async function bench(options: BenchOptions): Promise<void> {
  const dist = options.dist ?? 'dist';
  if (options.dist === undefined) await buildBundles();
  const peers = availablePeers();
  await using forwards = await openBench({ ...options, dist });
  const results = await runExperiments(forwards, {
    experiments: chosen(options, forwards),
    peers,
    onProgress: tell,
  });
  const sections = [
    describeRun(args).join('  \n'),
    resultTable(results, peers),
    goalTable(engineGoals(results)),
    ...failures(results),
  ];
  process.stdout.write(`${sections.join('\n\n')}\n`);
}

function availablePeers(): readonly PeerName[] {
  const all = Object.keys(PEER_TITLES) as PeerName[];
  if (kubectlVersion() !== undefined) return all;
  tell('kubectl is not on the PATH: its columns stay empty');
  return all.filter((peer) => peer !== 'kubectl' && peer !== 'kubectlSpdy');
}

function chosen({ only }: BenchOptions, { isDemo }: BenchForwards) {
  return EXPERIMENTS.filter(
    ({ name, isDemoOnly }) => (only?.includes(name) ?? true) && (isDemo || isDemoOnly !== true),
  );
}

function failures({ failures: list }: Results): readonly string[] {
  if (list.length === 0) return [];
  return [
    `Failed:\n${list.map(({ experiment, peer, reason }) => `- ${experiment}, ${peer}: ${reason}`).join('\n')}`,
  ];
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
