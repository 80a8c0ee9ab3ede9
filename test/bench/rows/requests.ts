import { after, requestInTurns } from '../clients/smallRequest.ts';
import { download } from '../clients/transfer.ts';
import { quantile } from '../statistics.ts';
import { type Experiment, FORWARDERS } from './experiment.ts';
import { FAR_ROUND_TRIP_MS } from './newConnection.ts';

export const requestRates: readonly Experiment[] = [8, 50, 64, 256].map(requestRate);

function requestRate(clients: number): Experiment {
  const id = `requests${clients}`;
  return {
    name: `requests-${clients}`,
    metrics: [{ id, title: `${clients} clients, a new connection per request`, unit: '/s', better: 'more' }],
    peers: [...FORWARDERS, 'direct'],
    async measure(peer, bench) {
      const { port } = await bench.shared(peer);
      return { [id]: (await requestInTurns(port, clients, after(bench.sizes.rateSeconds))).perSecond };
    },
  };
}

export const requestRateFar: Experiment = {
  name: 'requests-far',
  metrics: [
    {
      id: 'requestsFar',
      title: `50 clients, ${FAR_ROUND_TRIP_MS} ms round trip added`,
      unit: '/s',
      better: 'more',
    },
  ],
  peers: FORWARDERS,
  isDemoOnly: true,
  async measure(peer, bench) {
    const { port } = await bench.shared(peer, 'far');
    const { perSecond } = await requestInTurns(port, 50, after(bench.sizes.farRateSeconds));
    return { requestsFar: perSecond };
  },
};

/** The size of each download, in bytes. The downloads run one after the other. */
const BESIDE_BYTES = 100_000_000;

export const besideDownload: Experiment = {
  name: 'beside-download',
  metrics: [
    {
      id: 'besideP99',
      title: 'small requests beside a download at full rate, p99',
      unit: 'ms',
      better: 'less',
    },
  ],
  peers: FORWARDERS,
  async measure(peer, bench) {
    const { port } = await bench.shared(peer);
    const isDone = after(bench.sizes.rateSeconds);
    const downloads = async () => {
      while (!isDone()) await download(port, BESIDE_BYTES);
    };
    const [{ firstByteMs }] = await Promise.all([requestInTurns(port, 1, isDone), downloads()]);
    return { besideP99: quantile(firstByteMs, 0.99) };
  },
};
