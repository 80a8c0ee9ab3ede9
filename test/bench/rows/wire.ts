import { requestOnce } from '../clients/smallRequest.ts';
import { download, upload } from '../clients/transfer.ts';
import { openWireTap, type WireTap } from '../programs/wireTap.ts';
import { type Experiment, FORWARDERS } from './experiment.ts';

const BULK_BYTES = 20_000_000;
const CONNECTIONS = 50;

export const wireOverhead: Experiment = {
  name: 'wire',
  metrics: [
    { id: 'wireDown', title: 'TLS, framing and answers on top of a download', unit: '%', better: 'less' },
    { id: 'wireUp', title: 'the same of an upload', unit: '%', better: 'less' },
    {
      id: 'wireConnection',
      title: 'on the wire for one small request, all in all',
      unit: 'bytes',
      better: 'less',
    },
  ],
  peers: FORWARDERS,
  isDemoOnly: true,
  async measure(peer, bench) {
    await using tap = await openWireTap(bench.target.kubeconfig);
    await using forward = await bench.fresh(peer, { kubeconfig: tap.kubeconfig });
    const { port } = forward;
    // Does not measure the first request. The program then opens tunnels in reserve, and the bytes of their handshakes
    // would count for the measured requests.
    await requestOnce(port);
    const requests = async () => {
      for (let index = 0; index < CONNECTIONS; index++) await requestOnce(port);
    };
    return {
      wireConnection: (await passing(tap, requests)) / CONNECTIONS,
      wireDown: overhead(await passing(tap, () => download(port, BULK_BYTES))),
      wireUp: overhead(await passing(tap, () => upload(port, BULK_BYTES))),
    };
  },
};

async function passing(tap: WireTap, action: () => Promise<void>): Promise<number> {
  const before = tap.bytes;
  await action();
  return tap.bytes - before;
}

function overhead(bytes: number): number {
  return (bytes / BULK_BYTES - 1) * 100;
}
