// Collects kubectl's output lines in a buffer, and handles errors by their code.
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isCoded, portForwardPod } from 'kube-port-forward';

const stop = new AbortController();
const streams = { out: new PassThrough(), err: new PassThrough() };
try {
  await portForwardPod({
    pod: { namespace: 'demo', name: process.argv[2] ?? 'web' },
    ports: [{ local: 0, remote: 80 }],
    streams,
    stop: stop.signal,
    ready: () => stop.abort(),
  });
} catch (error) {
  if (!isCoded(error, 'POD_NOT_FOUND')) throw error;
  console.error(`No such pod: ${error.message}`);
}
streams.out.end();
console.log(await text(streams.out));
