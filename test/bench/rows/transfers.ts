import { download, timed, upload } from '../clients/transfer.ts';
import type { Forward, PeerName } from '../peers.ts';
import { cpuSeconds } from '../programs/processUsage.ts';
import { type Bench, type Experiment, FORWARDERS, type Values } from './experiment.ts';

const MB = 1_000_000;
const GB = 1_000_000_000;
const PEERS: readonly PeerName[] = [...FORWARDERS, 'direct'];

export const oneDownload: Experiment = {
  name: 'download',
  metrics: [
    { id: 'download', title: 'one download', unit: 'MB/s', better: 'more' },
    { id: 'downloadCpu', title: 'one download: CPU of the forwarder', unit: 's/GB', better: 'less' },
  ],
  peers: PEERS,
  measure: (peer, bench) => measureTransfer(peer, bench, 'download', download),
};

export const oneUpload: Experiment = {
  name: 'upload',
  metrics: [
    { id: 'upload', title: 'one upload', unit: 'MB/s', better: 'more' },
    { id: 'uploadCpu', title: 'one upload: CPU of the forwarder', unit: 's/GB', better: 'less' },
  ],
  peers: PEERS,
  measure: (peer, bench) => measureTransfer(peer, bench, 'upload', upload),
};

export const fourDownloads = downloadsAtOnce(4);
export const sixteenDownloads = downloadsAtOnce(16);

function downloadsAtOnce(count: number): Experiment {
  const id = `downloads${count}`;
  return {
    name: `downloads-${count}`,
    metrics: [{ id, title: `${count} downloads at once, together`, unit: 'MB/s', better: 'more' }],
    peers: PEERS,
    async measure(peer, bench) {
      const { port } = await bench.shared(peer);
      const bytes = Math.ceil(bench.sizes.bulkBytes / count);
      const seconds = await timed(count, () => download(port, bytes));
      return { [id]: (bytes * count) / MB / seconds };
    },
  };
}

async function measureTransfer(
  peer: PeerName,
  bench: Bench,
  id: string,
  transfer: (port: number, bytes: number) => Promise<void>,
): Promise<Values> {
  const forward = await bench.shared(peer);
  const { bulkBytes } = bench.sizes;
  const before = cpuSeconds(forward.program.processId);
  const seconds = await timed(1, () => transfer(forward.port, bulkBytes));
  const cpu = cpuSeconds(forward.program.processId) - before;
  return {
    [id]: bulkBytes / MB / seconds,
    ...(isForwarder(forward) && { [`${id}Cpu`]: cpu / (bulkBytes / GB) }),
  };
}

/**
 * Returns whether the program of a forward forwards bytes, so that its CPU time is of interest. The program of the peer
 * `direct` is the web server itself.
 */
function isForwarder({ peer }: Forward): boolean {
  return peer !== 'direct';
}
