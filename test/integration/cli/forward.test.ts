import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort, isListening, isQuiet, loopbacks } from '../../support/localPorts.ts';
import { get, readUntil, upload } from '../../support/tcpClient.ts';
import { CommandProcess, startFor } from './commandProcess.ts';

const UPLOAD_BYTES = 120_000_000;
const PIECE = Buffer.alloc(1_000_000, 'kube-port-forward ');
/** JavaScript that counts the full garbage collections of a program, and prints the number when the program ends. */
const FULL_COLLECTIONS = `
  import { constants, PerformanceObserver } from 'node:perf_hooks';
  let count = 0;
  new PerformanceObserver((list) => {
    for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) count++;
  }).observe({ entryTypes: ['gc'] });
  process.on('exit', () => process._rawDebug('full collections: ' + count));`;
/** JavaScript that prints, when a program ends, the modules of Node that the program has loaded. */
const LOADED_MODULES = `process.on('exit', () => process._rawDebug(process.moduleLoadList.join()));`;

const cluster = await demoClusterFor({ after });

const start = (...args: readonly string[]) => startFor(cluster, ...args);

/** Returns the printed lines of one port on every existing loopback. */
function forwardingLines(port: number, remote: number): string {
  const shown = loopbacks.map((address) => (address.includes(':') ? `[${address}]` : address));
  return shown.map((address) => `Forwarding from ${address}:${port} -> ${remote}\n`).join('');
}

/** Waits until the command has printed as many characters as expected, and compares them. */
async function printed(command: CommandProcess, expected: string): Promise<void> {
  await command.output(new RegExp(`[^]{${expected.length}}`));
  assert.equal(command.stdout, expected);
}

test("the command prints kubectl's lines in kubectl's order, and frees the port at its end", async () => {
  const port = await freePort();
  await using command = start('pod/web', `${port}:80`);
  await command.port(80);
  assert.equal((await get(port)).status, 200);
  await command.output(new RegExp(`^Handling connection for ${port}$`, 'm'));
  const { status, signal, stdout, stderr } = await command.stop('SIGINT');
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
  const [, last] = stdout.split(`${forwardingLines(port, 80)}Handling connection for ${port}\n`);
  assert.match(last ?? stdout, /^Stopped \(SIGINT\): 1 connection, \d+ B sent, [\d.]+ k?B received\n$/);
  assert.equal(await isQuiet(port), true);
});

test('every loopback leads to the pod', async () => {
  await using command = start('pod/echo', ':7');
  const port = await command.port(7);
  for (const address of loopbacks) {
    const socket = net.connect(port, address);
    socket.write('hello');
    assert.equal(await readUntil(socket, 'hello'), 'hello');
    socket.destroy();
  }
  await eventually(
    () => command.stdout.split(`Handling connection for ${port}\n`).length === loopbacks.length + 1,
    'not every connection is told',
  );
});

test('a port without a local port is the same locally, for several ports of a pod', async () => {
  const own = await freePort();
  const [local, other] = [await freePort(), await freePort()];
  await using command = start('multi', String(own), `${local}:8080`, `${other}:admin`);
  const lines = [
    [own, own],
    [local, 8080],
    [other, 9090],
  ] as const;
  await printed(command, lines.map(([from, to]) => forwardingLines(from, to)).join(''));
  assert.equal((await get(local, '/healthz')).body, 'ok\n');
  assert.equal((await get(other, '/healthz')).body, 'ok\n');
});

test('--address listens on that address only', async () => {
  await using command = start('pod/web', ':80', '--address', '127.0.0.1');
  const port = await command.port(80);
  assert.equal(command.stdout, `Forwarding from 127.0.0.1:${port} -> 80\n`);
  assert.equal(await isListening('127.0.0.1', port), true);
  for (const address of loopbacks.slice(1)) assert.equal(await isListening(address, port), false);
});

test('a refused port is reported on standard error, and the forward continues', async () => {
  await using command = start('pod/web', ':9999', ':80');
  const refused = await command.port(9999);
  await assert.rejects(get(refused));
  await command.errors(new RegExp(`^error: connection ${refused} -> 9999 failed: .*connection refused`, 'm'));
  assert.equal((await get(await command.port(80), '/healthz')).body, 'ok\n');
  const { status, stdout } = await command.stop();
  assert.equal(status, 0);
  assert.match(stdout, /^Stopped \(SIGTERM\): 2 connections \(1 failed\), /m);
});

test('flags choose context, namespace and kubeconfig, and override the environment', async () => {
  await using command = new CommandProcess(
    ['svc/web', ':80', '-n', 'staging', '--context=demo-certificate', '--kubeconfig', cluster.kubeconfigPath],
    { environment: { KUBECONFIG: '/does/not/exist' } },
  );
  assert.equal((await get(await command.port(8080), '/healthz')).body, 'ok\n');
  const last = cluster.activity.audit.findLast(({ resource }) => resource === 'pods/portforward');
  assert.equal(last?.namespace, 'staging');
  assert.equal(last?.user, 'demo-certificate');
  assert.match(last?.userAgent ?? '', /^kube-port-forward\/\d/);
});

for (const transport of TRANSPORTS) {
  test(`--transport ${transport} uses that transport`, async () => {
    const before = cluster.activity.current.openedTunnels;
    await using command = start('pod/web', ':80', '--transport', transport);
    assert.equal((await get(await command.port(80), '/healthz')).body, 'ok\n');
    const opened = cluster.activity.current.openedTunnels;
    for (const name of TRANSPORTS) {
      assert.equal(opened[name] > before[name], name === transport, name);
    }
  });
}

test('a pod that is not running yet is waited for, with a line', async () => {
  await using command = start('pod/pending', ':8080');
  await command.errors(/^Waiting: pod "pending" is Pending$/m);
  const { spec, status } = cluster.pods.get('demo', 'unready');
  cluster.pods.put({ ...cluster.pods.get('demo', 'pending'), spec, status });
  cluster.pods.setReady('demo', 'pending', true);
  assert.equal((await get(await command.port(8080), '/healthz')).body, 'ok\n');
});

test('the buffers of an upload cause no full garbage collections', async () => {
  const preloaded = `data:text/javascript,${encodeURIComponent(FULL_COLLECTIONS)}`;
  await using command = new CommandProcess(['pod/web', ':80'], {
    environment: { KUBECONFIG: cluster.kubeconfigPath, NODE_OPTIONS: `--import=${preloaded}` },
  });
  const { answer } = await upload(await command.port(80), '/upload', PIECE, UPLOAD_BYTES);
  assert.equal(answer.bytes, UPLOAD_BYTES);
  const { stderr } = await command.stop();
  const count = Number(/full collections: (\d+)/.exec(stderr)?.[1]);
  // The command starts small collections (scavenges). Without them, there would be a full one for each 20 MB.
  assert.ok(count <= 2, `${count} full collections`);
});

test('a forward loads no modules of Node that only other commands need', async () => {
  const preloaded = `data:text/javascript,${encodeURIComponent(LOADED_MODULES)}`;
  await using command = new CommandProcess(['pod/web', ':80'], {
    environment: { KUBECONFIG: cluster.kubeconfigPath, NODE_OPTIONS: `--import=${preloaded}` },
  });
  assert.equal((await get(await command.port(80))).status, 200);
  const { stderr } = await command.stop();
  assert.match(stderr, /\bNativeModule tls\b/);
  assert.doesNotMatch(
    stderr,
    /NativeModule (zlib|v8|worker_threads|readline|internal\/deps\/undici|internal\/crypto\/webcrypto)\b/,
  );
});
