import { freePort } from '../../workbench/support/ports.ts';
import { download } from '../clients/transfer.ts';
import { loopDelayDuring } from './loopDelay.ts';
import type { MeasuredWindow } from './measureWindow.ts';
import { hostMegabytes } from './tree.ts';
import type { WindowRow } from './windowRow.ts';

const FORWARDS = 10;
/** The size of each download, in bytes. The downloads of a port run one after the other. */
const DOWNLOAD_BYTES = 50_000_000;

/**
 * Starts ten forwards in a window. Measures the memory of the forward host, and then how much the event loop of the
 * extension host is delayed while downloads run through two of the forwards as fast as possible.
 */
export async function measureForwards(
  { fixture, companion }: MeasuredWindow,
  seconds: number,
): Promise<readonly WindowRow[]> {
  const ports: number[] = [];
  for (let index = 0; index < FORWARDS; index++) {
    const localPort = await freePort();
    const key = String(index);
    const request = {
      context: 'demo-admin',
      namespace: 'demo',
      target: 'pod/web',
      remotePort: 80,
      localPort,
    };
    await companion.call('start', { key, request });
    await companion.call('ready', key);
    ports.push(localPort);
  }
  const memory = await hostMegabytes(fixture);
  const { p99, max } = await loopDelayDuring(companion, () => downloadFor(ports.slice(0, 2), seconds));
  for (const key of ports.keys()) await companion.call('stop', String(key));
  return [
    {
      title: `${FORWARDS} forwards ready: memory of the forward host`,
      unit: 'MB',
      value: memory,
      atMost: 120,
    },
    {
      title: 'forwards at full rate: loop delay of the extension host, p99',
      unit: 'ms',
      value: p99,
      atMost: 10,
    },
    { title: 'the same, maximum', unit: 'ms', value: max, atMost: 50 },
  ];
}

/**
 * Downloads through all ports at the same time. On each port, starts one download after the other until `seconds` have
 * passed.
 */
async function downloadFor(ports: readonly number[], seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  const downloads = async (port: number) => {
    while (performance.now() < deadline) await download(port, DOWNLOAD_BYTES);
  };
  await Promise.all(ports.map(downloads));
}
