import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { get } from '../../support/tcpClient.ts';
import { COMMAND } from './commandProcess.ts';
import { isQuiet } from './localPorts.ts';

/** What `cli.ts` does on a Node that is too old: hands over to the Node that npm installed, and waits for it. */
const HAND_OVER = `
  const { runWithOwnNode } = await import(${JSON.stringify(new URL('../../../src/cli/ownNode.ts', import.meta.url).href)});
  const [program, ...args] = process.argv.slice(1);
  process.exitCode = await runWithOwnNode(program, args);
`;
const INNER_PROGRAM = fileURLToPath(new URL('innerProgram.ts', import.meta.url));

/** Signals are sent there by nobody but the console, and to all of its processes. */
const isWindows = process.platform === 'win32';

type Outer = ChildProcessByStdio<null, Readable, null>;

function handOver(args: readonly string[], isGroup = false): Outer {
  return spawn(process.execPath, ['--input-type=module', '-e', HAND_OVER, '--', ...args], {
    env: { PATH: process.env['PATH'], KUBECONFIG: cluster.kubeconfigPath },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: isGroup,
  });
}

/** Disposing of it ends the command, where the test has not. */
interface Forwarding extends Disposable {
  readonly child: Outer;
  readonly port: number;
  stdout(): string;
}

async function forwardWeb(isGroup = false): Promise<Forwarding> {
  const child = handOver([COMMAND, 'pod/web', ':80'], isGroup);
  using started = new DisposableStack();
  started.defer(() => child.kill('SIGTERM'));
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  while (!stdout.includes('Forwarding from')) await once(child.stdout, 'data');
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(stdout)?.[1]);
  assert.equal((await get(port, '/healthz')).body, 'ok\n');
  const owned = started.move();
  return { child, port, stdout: () => stdout, [Symbol.dispose]: () => owned.dispose() };
}

let cluster: DemoCluster;
before(async () => {
  cluster = await startDemoCluster();
});
after(() => cluster.dispose());

const CASES = [
  ['SIGINT', 'the process'],
  ['SIGTERM', 'the process'],
  ['SIGHUP', 'the process'],
  // As a terminal does, and a service manager.
  ['SIGINT', 'its group'],
  ['SIGTERM', 'its group'],
] as const;

for (const [signal, receiver] of CASES) {
  test(`${signal} to ${receiver} reaches the program behind an older Node, once`, {
    skip: isWindows,
    timeout: 60_000,
  }, async () => {
    using forwarding = await forwardWeb(receiver === 'its group');
    const { child, port, stdout } = forwarding;
    const closed = once(child, 'close');
    if (receiver === 'its group') process.kill(-(child.pid ?? 0), signal);
    else child.kill(signal);
    const [status] = (await closed) as [number];
    // On a machine under load it may end so slowly that what is passed on still meets it.
    const allowed = receiver === 'its group' ? [0, 128 + constants.signals[signal]] : [0];
    assert.ok(allowed.includes(status), String(status));
    assert.match(stdout(), new RegExp(`^Stopped \\(${signal}\\): 1 connection`, 'm'));
    assert.equal(await isQuiet(port), true);
  });
}

test('SIGQUIT ends the program behind an older Node at once, as it does by itself', {
  skip: isWindows,
  timeout: 60_000,
}, async () => {
  using forwarding = await forwardWeb();
  const { child, port } = forwarding;
  const closed = once(child, 'close');
  child.kill('SIGQUIT');
  assert.deepEqual(await closed, [128 + constants.signals.SIGQUIT, null]);
  assert.equal(await isQuiet(port), true);
});

test('where the older Node is killed, the program behind it stops by itself', {
  timeout: 60_000,
}, async () => {
  using forwarding = await forwardWeb();
  const { child, port, stdout } = forwarding;
  // Its output ends with the program that writes it.
  const ended = once(child.stdout, 'end');
  child.kill('SIGKILL');
  await ended;
  assert.match(stdout(), /^Stopped \(SIGTERM\): 1 connection/m);
  assert.equal(await isQuiet(port), true);
});

test('the program behind an older Node ends when it is done, and what it starts knows nothing of the one before', {
  timeout: 60_000,
}, async () => {
  const child = handOver([INNER_PROGRAM]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  assert.deepEqual(await once(child, 'close'), [7, null]);
  assert.deepEqual(JSON.parse(stdout), { isConnected: true, started: { isConnected: false, variables: [] } });
});
