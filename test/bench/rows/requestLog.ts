import { join } from 'node:path';
import { REQUEST_LOG_MODES, type RequestLogMode } from '../../../src/kinds/exchange.ts';
import { requestOnce } from '../clients/smallRequest.ts';
import { download, timed } from '../clients/transfer.ts';
import { cpuSeconds, residentMegabytes } from '../programs/processUsage.ts';
import { type Program, startProgram } from '../programs/program.ts';
import type { Bench, Experiment, Metric, Values } from './experiment.ts';

const MB = 1_000_000;
const GB = 1_000_000_000;
const EXCHANGES = 10_000;
const CLIENTS = 8;
const MODE_TITLES: Readonly<Record<RequestLogMode, string>> = {
  off: 'its request log off',
  metadata: 'its request log on',
  record: 'its request log recording',
};

/** Experiments with a forward whose request log has each mode, to see how much CPU time and memory the log needs. */
export const requestLogs: readonly Experiment[] = REQUEST_LOG_MODES.map((mode) => ({
  name: `request-log-${mode}`,
  metrics: metricsOf(mode),
  peers: ['thisSpdy'],
  measure: (_peer, bench) => measureMode(mode, bench),
}));

function metricsOf(mode: RequestLogMode): readonly Metric[] {
  const title = MODE_TITLES[mode];
  const count = EXCHANGES.toLocaleString('en');
  return [
    { id: `logDownload-${mode}`, title: `one download, ${title}`, unit: 'MB/s', better: 'more' },
    { id: `logCpu-${mode}`, title: `its CPU, ${title}`, unit: 's/GB', better: 'less' },
    { id: `logRequests-${mode}`, title: `${count} requests, ${title}`, unit: '/s', better: 'more' },
    { id: `logGrowth-${mode}`, title: `growth with them, ${title}`, unit: 'MB', better: 'less' },
  ];
}

async function measureMode(mode: RequestLogMode, bench: Bench): Promise<Values> {
  await using program = await startLogged(mode, bench);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(program.readyOutput)?.[1]);
  const { bulkBytes } = bench.sizes;
  // Does not measure the first download, during which V8 compiles the code.
  await download(port, bulkBytes / 10);
  const cpuBefore = cpuSeconds(program.processId);
  const seconds = await timed(1, () => download(port, bulkBytes));
  const cpu = cpuSeconds(program.processId) - cpuBefore;
  const before = residentMegabytes(program.processId);
  const requestSeconds = await timed(CLIENTS, async () => {
    for (let count = 0; count < EXCHANGES / CLIENTS; count++) await requestOnce(port);
  });
  return {
    [`logDownload-${mode}`]: bulkBytes / MB / seconds,
    [`logCpu-${mode}`]: cpu / (bulkBytes / GB),
    [`logRequests-${mode}`]: EXCHANGES / requestSeconds,
    [`logGrowth-${mode}`]: residentMegabytes(program.processId) - before,
  };
}

function startLogged(mode: RequestLogMode, { target }: Bench): Promise<Program> {
  const { kubeconfig, namespace, pod, ports } = target;
  return startProgram({
    command: process.execPath,
    arguments: [
      join(import.meta.dirname, '..', 'programs', 'loggedProgram.ts'),
      ...[kubeconfig, namespace, pod, String(ports[0]), mode],
    ],
    ready: /Forwarding from .*\n/,
  });
}
