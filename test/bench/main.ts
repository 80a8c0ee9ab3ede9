import { buildBundles } from '../../scripts/build.ts';
import { type BenchForwards, openBench } from './forwards.ts';
import { engineGoals } from './goals.ts';
import { describeRun, kubectlVersion } from './machine.ts';
import { type BenchOptions, HELP, parseOptions } from './options.ts';
import { PEER_TITLES, type PeerName } from './peers.ts';
import { goalTable, resultTable, summaryTable, windowTable } from './report/markdown.ts';
import { drawPicture } from './report/picture.ts';
import { writeBetweenMarks } from './report/readme.ts';
import type { Results } from './results.ts';
import { EXPERIMENTS, WINDOW } from './rows/experiments.ts';
import { runExperiments } from './run.ts';
import { measureWindow } from './window/measureWindow.ts';

const PICTURE = 'media/benchmark.png';

const args = process.argv.slice(2);
const options = understood();
if (options === undefined) process.stdout.write(HELP);
else await bench(options);

function understood(): BenchOptions | undefined {
  try {
    return parseOptions(args);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

async function bench(options: BenchOptions): Promise<void> {
  const dist = options.dist ?? 'dist';
  if (options.dist === undefined) await buildBundles();
  const peers = availablePeers();
  const results = await engineResults({ ...options, dist }, peers);
  const window = isChosen(options, WINDOW) ? await measureWindow(options.windowSizes, tell) : [];
  const report = [
    describeRun(args).join('  \n'),
    ...(results.metrics.length === 0
      ? []
      : [resultTable(results, peers), goalTable(engineGoals(results)), ...failures(results)]),
    ...(window.length === 0 ? [] : [windowTable(window)]),
  ].join('\n\n');
  process.stdout.write(`${report}\n`);
  if (!options.writesReadme) return;
  writeBetweenMarks('docs/benchmark.md', report);
  writeBetweenMarks('README.md', summaryTable(results));
  await drawPicture(results, PICTURE, tell);
}

async function engineResults(
  options: BenchOptions & { readonly dist: string },
  peers: readonly PeerName[],
): Promise<Results> {
  await using forwards = await openBench(options);
  return await runExperiments(forwards, {
    experiments: chosen(options, forwards),
    peers,
    onProgress: tell,
  });
}

function availablePeers(): readonly PeerName[] {
  const all = Object.keys(PEER_TITLES) as PeerName[];
  if (kubectlVersion() !== undefined) return all;
  tell('kubectl is not on the PATH: its columns stay empty');
  return all.filter((peer) => peer !== 'kubectl' && peer !== 'kubectlSpdy');
}

function chosen(options: BenchOptions, { isDemo }: BenchForwards) {
  return EXPERIMENTS.filter(
    ({ name, isDemoOnly }) => isChosen(options, name) && (isDemo || isDemoOnly !== true),
  );
}

function isChosen({ only }: BenchOptions, name: string): boolean {
  return only?.includes(name) ?? true;
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
