import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type * as Library from '../../../src/library.ts';
import { after, requestInTurns, requestOnce } from '../clients/smallRequest.ts';
import { stallDownload } from '../clients/stall.ts';
import { median } from '../statistics.ts';
import { forwardWithClientNode } from './clientNodeForward.ts';

// Forwards to a pod with a library, and sends requests through the forward from the same process, as a test suite does.
// Arguments: the library (the path of this project's library, or `client-node`), kubeconfig, context (may be empty),
// namespace, pod, port. Starts to measure when the parent process sends a `LibraryMeasurement`.

/** A message that requests a measurement. The response is {@link LibraryMeasured}. */
export interface LibraryMeasurement {
  readonly connections: number;
  readonly clients: number;
  readonly seconds: number;
  /** The size of the last download. The program starts this download, but does not read it. */
  readonly stalledBytes: number;
  readonly stallMs: number;
}

export interface LibraryMeasured {
  readonly firstByteMs: number;
  readonly perSecond: number;
}

const [library = '', kubeconfig = '', context = '', namespace = '', pod = '', port = ''] =
  process.argv.slice(2);
const local = await startForward();
process.once('SIGTERM', () => process.exit()).once('disconnect', () => process.exit());
process.on('message', (message: LibraryMeasurement) => {
  void measure(message).then((measured) => process.send?.(measured));
});
process.stdout.write(`Forwarding from 127.0.0.1:${local} -> ${port}\n`);

async function startForward(): Promise<number> {
  if (library === 'client-node') {
    return await forwardWithClientNode({ kubeconfig, context, namespace, pod }, Number(port));
  }
  const { portForward }: typeof Library = await import(pathToFileURL(library).href);
  const forward = portForward({
    kubeconfigPath: kubeconfig,
    ...(context !== '' && { context }),
    namespace,
    target: `pod/${pod}`,
    ports: [`:${port}`],
    addresses: ['127.0.0.1'],
  });
  const [address] = await forward.ready;
  return address?.localPort ?? 0;
}

async function measure(measurement: LibraryMeasurement): Promise<LibraryMeasured> {
  const { connections, clients, seconds, stalledBytes, stallMs } = measurement;
  const times: number[] = [];
  // The first request is a warm-up, and is not counted.
  for (let index = 0; index <= connections; index++) times.push(await requestOnce(local));
  const { perSecond } = await requestInTurns(local, clients, after(seconds));
  using _ = await stallDownload(local, stalledBytes);
  await pause(stallMs);
  return { firstByteMs: median(times.slice(1)), perSecond };
}
