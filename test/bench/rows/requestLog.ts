import { join } from 'node:path';
import { REQUEST_LOG_MODES, type RequestLogMode } from '../../../src/kinds/exchange.ts';
import { requestOnce } from '../clients/smallRequest.ts';
import { download, timed } from '../clients/transfer.ts';
import { residentMegabytes } from '../programs/processUsage.ts';
import { type Program, startProgram } from '../programs/program.ts';
import type { Bench, Experiment, Metric, Values } from './experiment.ts';

const MB = 1_000_000;
const EXCHANGES = 10_000;
const CLIENTS = 8;
const MODE_TITLES: Readonly<Record<RequestLogMode, string>> = {
  off: 'its request log off',
  metadata: 'its request log on',
  record: 'its request log recording',
};

/** One forward after the other: all that differs is its log. */
export const requestLog: Experiment = {
  name: 'request-log',
  metrics: REQUEST_LOG_MODES.flatMap((mode): readonly Metric[] => [
    { id: `logDownload-${mode}`, title: `one download, ${MODE_TITLES[mode]}`, unit: 'MB/s', better: 'more' },
    {
      id: `logRequests-${mode}`,
      title: `${EXCHANGES.toLocaleString('en')} requests, ${MODE_TITLES[mode]}`,
      unit: '/s',
      better: 'more',
    },
    { id: `logGrowth-${mode}`, title: `growth with them, ${MODE_TITLES[mode]}`, unit: 'MB', better: 'less' },
  ]),
  peers: ['thisSpdy'],
  async measure(_peer, bench) {
    const values: Values[] = [];
    for (const mode of REQUEST_LOG_MODES) values.push(await measureMode(mode, bench));
    return Object.assign({}, ...values);
  },
};

async function measureMode(mode: RequestLogMode, bench: Bench): Promise<Values> {
  await using program = await startLogged(mode, bench);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(program.readyOutput)?.[1]);
  const { bulkBytes } = bench.sizes;
  // The first one compiles.
  await download(port, bulkBytes / 10);
  const seconds = await timed(1, () => download(port, bulkBytes));
  const before = residentMegabytes(program.processId);
  const requestSeconds = await timed(CLIENTS, async () => {
    for (let count = 0; count < EXCHANGES / CLIENTS; count++) await requestOnce(port);
  });
  return {
    [`logDownload-${mode}`]: bulkBytes / MB / seconds,
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
