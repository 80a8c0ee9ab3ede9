import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, test } from 'node:test';
import manifest from '../../../package.json' with { type: 'json' };
import { type HostRecord, newSocketName, recordPath } from '../../../src/rpc/hostRecord.ts';
import { listenAt } from '../../../src/rpc/hostSocket.ts';
import { ASKABLE, ASKS_BY_CHANNEL, askToEnd } from '../../support/askToEnd.ts';
import { demoClusterFor, type TestEnd } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { createTestPlugin, isAlive } from '../../support/execPlugin.ts';
import { columns } from '../../support/fields.ts';
import { kubeconfigText } from '../../support/kubeconfigText.ts';
import { isQuiet, loopbacks } from '../../support/localPorts.ts';
import { connectTo, exchange, get } from '../../support/tcpClient.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';
import { COMMAND, type CommandEnd, CommandProcess, runCommand, startFor } from './commandProcess.ts';

const cluster = await demoClusterFor({ after });

const start = (...args: readonly string[]) => startFor(cluster, ...args);

/** Starts the command. Only the test reads its outputs, so their pipes fill up if the test does not read them. */
function startUnread(test: TestEnd, ...args: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [...ASKABLE.nodeArguments, COMMAND, ...args], {
    env: { PATH: process.env['PATH'], KUBECONFIG: cluster.kubeconfigPath },
    stdio: ['ignore', 'pipe', 'pipe', ...ASKABLE.stdio],
  });
  test.after(() => void child.kill('SIGKILL'));
  return child as ChildProcessByStdio<null, Readable, Readable>;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is what this is for
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

test('--output json prints one event on each line', async () => {
  await using command = start('pod/web', ':80', ':9999', '--output', 'json');
  const ready = await command.event('ready');
  assert.deepEqual(ready['pod'], { namespace: 'demo', name: 'web' });
  const addresses = ready['addresses'] as { address: string; localPort: number; remotePort: number }[];
  assert.deepEqual(
    columns(addresses, 'address', 'remotePort'),
    [80, 9999].flatMap((remotePort) => loopbacks.map((address) => [address, remotePort])),
  );
  const [page, refused] = [80, 9999].map(
    (remote) => addresses.find(({ remotePort }) => remotePort === remote)?.localPort ?? 0,
  ) as [number, number];
  assert.equal((await get(page, '/healthz')).body, 'ok\n');
  await assert.rejects(get(refused));
  const { status, stdout, stderr } = await (async () => {
    await command.event('connectionEnded');
    await command.event('connectionFailed');
    return await command.stop('SIGINT');
  })();
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.doesNotMatch(stdout, CONTROL);
  for (const { time } of command.events) assert.equal(new Date(time).toISOString(), time);
  const names = command.events.map(({ event }) => event);
  assert.deepEqual(names.slice(0, 2), ['starting', 'ready']);
  const between = names.slice(2, -1).toSorted((a, b) => a.localeCompare(b));
  assert.deepEqual(between, ['connection', 'connection', 'connectionEnded', 'connectionFailed']);
  const failed = command.events.find(({ event }) => event === 'connectionFailed');
  assert.equal(failed?.['code'], 'PORT_CLOSED');
  assert.equal(failed?.['remotePort'], 9999);
  assert.match(String(failed?.['message']), /connection refused/);
  assert.equal(failed?.['localPort'], refused);
  const { time: _, bytesSent, bytesReceived, ...stopped } = command.events.at(-1) ?? { time: '', event: '' };
  assert.deepEqual(stopped, { event: 'stopped', reason: 'SIGINT', open: 0, total: 2, failed: 1 });
  assert.ok(Number(bytesSent) > 0 && Number(bytesReceived) > 0);
});

test('--output json prints the final error as an event', async () => {
  await using command = start('pod/nope', ':80', '-o', 'json');
  const { status, stderr } = await command.ended();
  assert.deepEqual({ status, stderr }, { status: 1, stderr: '' });
  const { time: _, message, ...error } = command.events.at(-1) ?? { time: '', event: '' };
  assert.deepEqual(error, {
    event: 'error',
    code: 'POD_NOT_FOUND',
    arguments: { name: 'nope', namespace: 'demo' },
  });
  assert.match(String(message), /^pod "nope" not found in namespace "demo"/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} ends the forward and its connections with a line and status 0`, async () => {
    await using command = start('pod/web', ':80');
    const port = await command.port(80);
    const download = get(port, '/bytes?n=1000000000').then(
      () => 'whole',
      () => 'cut off',
    );
    await command.output(/Handling connection/);
    const { status, signal: endedBy, stdout, stderr } = await command.stop(signal);
    assert.deepEqual({ status, endedBy, stderr }, { status: 0, endedBy: null, stderr: '' });
    assert.match(stdout, new RegExp(`^Stopped \\(${signal}\\): 1 connection, `, 'm'));
    assert.doesNotMatch(stdout, CONTROL);
    assert.equal(await download, 'cut off');
    assert.equal(await isQuiet(port), true);
  });
}

test('a signal during the wait for a pod, also one longer than any timer of Node, ends the command with status 0', async () => {
  await using command = start(
    'pod/pending',
    ':8080',
    '--pod-running-timeout=9999h',
    '--request-timeout=9999h',
  );
  await command.errors(/^Waiting: pod "pending" is Pending$/m);
  const { status, stdout, stderr } = await command.stop('SIGINT');
  assert.deepEqual([status, stderr], [0, 'Waiting: pod "pending" is Pending\n']);
  assert.match(stdout, /^Stopped \(SIGINT\).*\n$/);
});

test('a signal while the server does not answer ends the command with status 0', async () => {
  // The connections of earlier tests must be closed, because the test waits for the connection of this command below.
  await cluster.activity.until(({ openConnections }) => openConnections === 0, AbortSignal.timeout(10_000));
  const frozen = cluster.faults.add({ type: 'freeze' });
  await using command = start('pod/web', ':80');
  await cluster.activity.until(({ openConnections }) => openConnections > 0, AbortSignal.timeout(10_000));
  const { status, stdout } = await command.stop('SIGTERM');
  frozen.dispose();
  assert.equal(status, 0);
  assert.match(stdout, /^Stopped \(SIGTERM\).*\n$/);
});

test('a second SIGINT ends the command at once', async () => {
  await using plugin = await createTestPlugin();
  const kubeconfig = join(plugin.directory, 'config');
  const exec = plugin.config('stubborn');
  const user = { exec: { ...exec, args: exec.arguments } };
  await writeFile(kubeconfig, kubeconfigText({ server: cluster.server.href }, user));
  await using command = new CommandProcess(['pod/web', ':80'], {
    environment: { ...plugin.environment, HOME: plugin.directory, KUBECONFIG: kubeconfig },
  });
  // The plugin ignores SIGTERM. So the first SIGINT, after which the command ends its plugin, does not take effect at
  // once.
  await command.errors(/^not leaving$/m);
  const [pid] = plugin.runs().map((run) => run.pid);
  assert.ok(pid !== undefined && isAlive(pid));
  // Repeats SIGINT, because the command ignores further signals in the first 0.5 s after a signal.
  await eventually(() => {
    command.ask('SIGINT');
    return command.child.exitCode !== null || command.child.signalCode !== null;
  }, 'it goes on');
  assertInterrupted(await command.ended());
});

/** Starts the command, and waits until it has connected to a background process that does not answer. */
async function startWithSilentHost(test: TestEnd, ...args: string[]): Promise<CommandProcess> {
  const folder = await temporaryFolder(test);
  const socket = newSocketName(folder);
  const connected = Promise.withResolvers<Socket>();
  const server = await listenAt(socket, connected.resolve);
  const record: HostRecord = { socket, secret: 'a', protocol: 1, version: '1.0.0', processId: process.pid };
  await writeFile(recordPath(folder, 1), JSON.stringify(record));
  const environment = { KUBE_PORT_FORWARD_HOST_FOLDER: folder };
  const command = new CommandProcess(args, { environment });
  const connection = await connected.promise;
  test.after(() => {
    connection.destroy();
    server.close();
  });
  return command;
}

test('SIGINT ends requests at once while the background process does not answer', async (t) => {
  await using reading = await startWithSilentHost(t, 'requests');
  assertInterrupted(await reading.stop('SIGINT'));
  await using following = await startWithSilentHost(t, 'requests', '--follow');
  const { status, stderr } = await following.stop('SIGINT');
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
});

function assertInterrupted({ status, signal }: CommandEnd): void {
  const byHandler = { status: 128 + constants.signals.SIGINT, signal: null };
  assert.deepEqual({ status, signal }, ASKS_BY_CHANNEL ? byHandler : { status: null, signal: 'SIGINT' });
}

test('a reader that goes away (`| head -1`) does not end the command', { timeout: 60_000 }, async (t) => {
  const child = startUnread(t, 'pod/web', ':80');
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const port = Number(/^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
  child.stdout.destroy();
  child.stderr.destroy();
  for (let count = 0; count < 3; count++) assert.equal((await get(port, '/healthz')).body, 'ok\n');
  const closed = once(child, 'exit');
  askToEnd(child);
  assert.deepEqual(await closed, [0, null]);
});

test('a reader that does not read holds up neither the traffic nor the end', {
  timeout: 60_000,
}, async (t) => {
  const child = startUnread(t, 'pod/echo', ':7', '--output', 'json');
  child.stdout.setEncoding('utf8');
  let text = '';
  while (!text.includes('"ready"')) text += (await once(child.stdout, 'data'))[0];
  child.stdout.pause();
  const port = Number(/"localPort":(\d+)/.exec(text)?.[1]);
  // The command reports each connection twice. Together, these reports are too long for a pipe that nobody reads.
  for (let count = 0; count < 800; count++) {
    const socket = await connectTo(port);
    socket.on('error', () => {}).destroy();
  }
  assert.equal(await exchange(port, 'hello'), 'hello');
  const exited = once(child, 'exit');
  askToEnd(child);
  assert.deepEqual(await exited, [0, null]);
});

test('--help and --version print their text', async () => {
  const help = await runCommand(['--help']);
  assert.deepEqual({ status: help.status, stderr: help.stderr }, { status: 0, stderr: '' });
  assert.match(help.stdout, /^Usage:\n {2}kube-port-forward \[TYPE\/\]NAME \[LOCAL:\]REMOTE /m);
  assert.match(help.stdout, /^Examples:\n {2}kube-port-forward pod\/web 8080:80/m);
  assert.doesNotMatch(help.stdout, CONTROL);
  assert.equal((await runCommand(['-h'])).stdout, help.stdout);
  assert.equal((await runCommand(['pod/web', '80', '--help'])).stdout, help.stdout);
  const { status, stdout } = await runCommand(['--version']);
  assert.deepEqual({ status, stdout }, { status: 0, stdout: `${manifest.version}\n` });
});
