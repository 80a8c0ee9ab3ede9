import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBundles } from '../../scripts/build.ts';
import { startProgram } from './childProcess.ts';
import { measureFirstByte } from './firstByte.ts';
import { median, quantile } from './statistics.ts';

// How long a new connection through a ready forward takes to its first byte, by the round trip to the API server.
const ROUND_TRIPS_MS = [0, 50];
const CONNECTIONS = 40;

await buildBundles();
process.stdout.write('New connection to first byte, through a ready forward\n\n');
process.stdout.write(
  '| round trip | client | p50 | p90 | round trips |\n| ---: | --- | ---: | ---: | ---: |\n',
);
for (const roundTripMs of ROUND_TRIPS_MS) await measure(roundTripMs);

async function measure(roundTripMs: number): Promise<void> {
  const kubeconfig = join(tmpdir(), `kube-port-forward-bench-${process.pid}`);
  const demo = await startProgram(
    process.execPath,
    ['dist/demo.js', '--latency', String(roundTripMs), '--kubeconfig', kubeconfig],
    /Ctrl-C/,
  );
  try {
    const target = ['-n', 'demo', 'pod/web', ':80'];
    await row(roundTripMs, 'this', process.execPath, ['dist/cli.js', '--kubeconfig', kubeconfig, ...target]);
    await row(roundTripMs, 'this, by WebSocket', process.execPath, [
      'dist/cli.js',
      '--kubeconfig',
      kubeconfig,
      '--transport',
      'websocket',
      ...target,
    ]);
    await row(roundTripMs, 'kubectl', 'kubectl', ['--kubeconfig', kubeconfig, 'port-forward', ...target]);
  } finally {
    await demo.stop();
    await rm(kubeconfig, { force: true });
  }
}

async function row(
  roundTripMs: number,
  name: string,
  command: string,
  args: readonly string[],
): Promise<void> {
  const forward = await startProgram(command, args, /Forwarding from 127\.0\.0\.1:(\d+)/).catch(
    () => undefined,
  );
  if (forward === undefined) {
    process.stdout.write(`| ${roundTripMs} ms | ${name} | does not start | | |\n`);
    return;
  }
  try {
    const port = Number(forward.match[1]);
    await measureFirstByte(port);
    const times: number[] = [];
    for (let index = 0; index < CONNECTIONS; index++) times.push(await measureFirstByte(port));
    const ratio = roundTripMs === 0 ? '' : (median(times) / roundTripMs).toFixed(2);
    const cells = [`${roundTripMs} ms`, name, format(median(times)), format(quantile(times, 0.9)), ratio];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  } finally {
    await forward.stop();
  }
}

function format(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
