import { requestOnce } from '../clients/smallRequest.ts';
import { median } from '../statistics.ts';
import { type Experiment, FORWARDERS } from './experiment.ts';

/** The round trip time that is added for a `far` cluster, in milliseconds. */
export const FAR_ROUND_TRIP_MS = 50;

export const newConnection: Experiment = {
  name: 'new-connection',
  metrics: [{ id: 'firstByte', title: 'new connection to first byte, p50', unit: 'ms', better: 'less' }],
  peers: [...FORWARDERS, 'direct'],
  async measure(peer, bench) {
    const { port } = await bench.shared(peer);
    return { firstByte: await firstByteMs(port, bench.sizes.connections) };
  },
};

export const newConnectionFar: Experiment = {
  name: 'new-connection-far',
  metrics: [
    {
      id: 'firstByteFar',
      title: `new connection, ${FAR_ROUND_TRIP_MS} ms round trip added`,
      unit: 'ms',
      better: 'less',
    },
  ],
  peers: FORWARDERS,
  isDemoOnly: true,
  async measure(peer, bench) {
    const { port } = await bench.shared(peer, 'far');
    return { firstByteFar: await firstByteMs(port, bench.sizes.farConnections) };
  },
};

/** Opens connections one after the other. Returns the median of their times to the first byte, in milliseconds. */
async function firstByteMs(port: number, connections: number): Promise<number> {
  const times: number[] = [];
  // The result does not contain the first connection, which can be slower.
  for (let index = 0; index <= connections; index++) times.push(await requestOnce(port));
  return median(times.slice(1));
}
