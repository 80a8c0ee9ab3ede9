import { requestInTurns, requestOnce } from '../clients/smallRequest.ts';
import type { PeerName } from '../peers.ts';
import { quantile } from '../statistics.ts';
import { type Bench, type Distance, type Experiment, FORWARDERS, type Values } from './experiment.ts';
import { FAR_ROUND_TRIP_MS } from './newConnection.ts';

const FIRST = 30;
const ONE_AFTER_ANOTHER = 200;
const BURST_CLIENTS = 50;
const BURST_REQUESTS = 4;
const LONG_REQUESTS = 30;
const COUNTED = 40;
/**
 * The peers that are measured with a far cluster. client-node is not measured: it opens a tunnel for each connection,
 * so a new forward is as fast as an old one.
 */
const FAR_PEERS: readonly PeerName[] = FORWARDERS.filter((peer) => peer !== 'clientNode');

/** Experiments with a forward that has just started to listen, and may not have an open tunnel yet. */
export const freshForwards: readonly Experiment[] = [
  ...both('first', (id, suffix) => ({
    metrics: [
      {
        id: `${id}P50`,
        title: `first ${FIRST} connections of a fresh forward, p50${suffix}`,
        unit: 'ms',
        better: 'less',
      },
      {
        id: `${id}P90`,
        title: `first ${FIRST} connections of a fresh forward, p90${suffix}`,
        unit: 'ms',
        better: 'less',
      },
    ],
    measure: async (peer, bench, distance) => {
      await using forward = await bench.fresh(peer, {}, undefined, distance);
      const times = await oneAfterAnother(forward.port, FIRST);
      return { [`${id}P50`]: quantile(times, 0.5), [`${id}P90`]: quantile(times, 0.9) };
    },
  })),
  ...both('burst', (id, suffix) => ({
    metrics: [
      {
        id,
        title: `a burst on a fresh forward: ${BURST_CLIENTS} clients, ${BURST_REQUESTS} requests each${suffix}`,
        unit: '/s',
        better: 'more',
      },
      {
        id: `${id}Long`,
        title: `the same, going on: ${LONG_REQUESTS} requests each${suffix}`,
        unit: '/s',
        better: 'more',
      },
    ],
    measure: async (peer, bench, distance) => {
      await using forward = await bench.fresh(peer, {}, undefined, distance);
      const { port } = forward;
      return { [id]: await rate(port, BURST_REQUESTS), [`${id}Long`]: await rate(port, LONG_REQUESTS) };
    },
  })),
  ...both('tunnels', (id, suffix) => ({
    metrics: [
      {
        id,
        title: `tunnels after ${COUNTED} requests one after another${suffix}`,
        unit: 'tunnels',
        better: 'less',
      },
    ],
    measure: async (peer, bench, distance) => {
      const before = await bench.openTunnels(distance);
      await using forward = await bench.fresh(peer, {}, undefined, distance);
      await oneAfterAnother(forward.port, COUNTED);
      return { [id]: (await bench.openTunnels(distance)) - before };
    },
    isDemoOnly: true,
  })),
];

export const connectionsInTurn: Experiment = {
  name: 'in-turn',
  metrics: [
    {
      id: 'inTurnP50',
      title: `${ONE_AFTER_ANOTHER} connections one after another, p50`,
      unit: 'ms',
      better: 'less',
    },
    { id: 'inTurnP99', title: 'the same, p99', unit: 'ms', better: 'less' },
  ],
  peers: FORWARDERS,
  async measure(peer, bench) {
    const { port } = await bench.shared(peer);
    const times = await oneAfterAnother(port, ONE_AFTER_ANOTHER);
    return { inTurnP50: quantile(times, 0.5), inTurnP99: quantile(times, 0.99) };
  },
};

interface Row extends Pick<Experiment, 'metrics' | 'isDemoOnly'> {
  measure(peer: PeerName, bench: Bench, distance: Distance): Promise<Values>;
}

/** Returns two experiments, one for a near and one for a far cluster. */
function both(name: string, toRow: (id: string, suffix: string) => Row): Experiment[] {
  return (['near', 'far'] as const).map((distance) => {
    const isFar = distance === 'far';
    const row = toRow(isFar ? `${name}Far` : name, isFar ? `, ${FAR_ROUND_TRIP_MS} ms round trip added` : '');
    return {
      name: isFar ? `${name}-far` : name,
      metrics: row.metrics,
      peers: isFar ? FAR_PEERS : FORWARDERS,
      ...((isFar || row.isDemoOnly === true) && { isDemoOnly: true }),
      measure: (peer, bench) => row.measure(peer, bench, distance),
    };
  });
}

async function oneAfterAnother(port: number, connections: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < connections) times.push(await requestOnce(port));
  return times;
}

/**
 * Measures the requests per second of {@link BURST_CLIENTS} clients.
 * @param requests the number of requests for each client
 */
async function rate(port: number, requests: number): Promise<number> {
  let left = BURST_CLIENTS * requests;
  const { perSecond, failed } = await requestInTurns(port, BURST_CLIENTS, () => left-- <= 0);
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return perSecond;
}
