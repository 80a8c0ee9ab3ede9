import { setTimeout as pause } from 'node:timers/promises';
import { isAnsweredAfterFin } from '../clients/halfClose.ts';
import { openIdle } from '../clients/idle.ts';
import { requestOnce } from '../clients/smallRequest.ts';
import { stallDownload } from '../clients/stall.ts';
import { peakMegabytes, residentMegabytes } from '../programs/processUsage.ts';
import { quantile } from '../statistics.ts';
import { type Experiment, FORWARDERS } from './experiment.ts';

const OTHERS = 20;
const OTHERS_LIMIT_MS = 2_000;
/** The size of a download that the client does not read. Larger than all buffers between the pod and the client. */
export const STALLED_BYTES = 1_000_000_000;

export const stalledNeighbour: Experiment = {
  name: 'stalled',
  metrics: [
    {
      id: 'stalledServed',
      title: 'others served beside one stalled download',
      unit: 'of 20',
      better: 'more',
    },
    { id: 'stalledP99', title: 'their p99 against the undisturbed', unit: 'times', better: 'less' },
    { id: 'stalledMemory', title: 'most memory of the forwarder with it', unit: 'MB', better: 'less' },
  ],
  peers: FORWARDERS,
  async measure(peer, bench) {
    await using forward = await bench.fresh(peer);
    const { port, program } = forward;
    await p99(port, bench.sizes.latencyRequests);
    const undisturbed = await p99(port, bench.sizes.latencyRequests);
    using _ = await stallDownload(port, STALLED_BYTES);
    await pause(bench.sizes.stallMs);
    const others = Array.from({ length: OTHERS }, () => requestOnce(port, OTHERS_LIMIT_MS));
    const served = (await Promise.allSettled(others)).filter(({ status }) => status === 'fulfilled').length;
    return {
      stalledServed: served,
      stalledP99: served < OTHERS ? Number.NaN : (await p99(port, bench.sizes.latencyRequests)) / undisturbed,
      stalledMemory: peakMegabytes(program.processId),
    };
  },
};

async function p99(port: number, requests: number): Promise<number> {
  const times: number[] = [];
  while (times.length < requests) times.push(await requestOnce(port));
  return quantile(times, 0.99);
}

/** A port of the pod on which nothing listens. */
const CLOSED_PORT = 9;

export const refusedNeighbour: Experiment = {
  name: 'refused',
  metrics: [
    { id: 'refusedSurvives', title: 'forward survives one refused connection', unit: 'yes', better: 'more' },
  ],
  peers: FORWARDERS,
  async measure(peer, bench) {
    const [port = 80] = bench.target.ports;
    await using forward = await bench.fresh(peer, { ports: [port, CLOSED_PORT] });
    const isRefused = await requestOnce(forward.ports[1] ?? 0).then(
      () => false,
      () => true,
    );
    if (!isRefused) throw new Error(`something listens on port ${CLOSED_PORT} of the pod`);
    const survives = await requestOnce(forward.port).then(
      () => true,
      () => false,
    );
    return { refusedSurvives: Number(survives) };
  },
};

export const halfClose: Experiment = {
  name: 'half-close',
  metrics: [{ id: 'halfClose', title: "answer after the client's FIN", unit: 'yes', better: 'more' }],
  peers: FORWARDERS,
  isDemoOnly: true,
  async measure(peer, bench) {
    await using forward = await bench.fresh(peer, { pod: 'echo', ports: [7] });
    return { halfClose: Number(await isAnsweredAfterFin(forward.port)) };
  },
};

export const idleConnections: Experiment = {
  name: 'idle',
  metrics: [{ id: 'idleGrowth', title: 'growth with 500 idle connections', unit: 'MB', better: 'less' }],
  peers: FORWARDERS,
  async measure(peer, bench) {
    await using forward = await bench.fresh(peer);
    const { port, program } = forward;
    await p99(port, bench.sizes.latencyRequests);
    const before = residentMegabytes(program.processId);
    await using _ = await openIdle(port, bench.sizes.idleConnections);
    return { idleGrowth: residentMegabytes(program.processId) - before };
  },
};
