import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { demoClusterFor } from '../../support/demoForward.ts';
import { isQuiet } from '../../support/localPorts.ts';
import { get } from '../../support/tcpClient.ts';
import { COMMAND } from './commandProcess.ts';

/** Does what `cli.ts` does on a Node that is too old: runs the command with the Node that npm installed, and waits. */
const HAND_OVER = `
  const { runWithOwnNode } = await import(${JSON.stringify(new URL('../../../src/cli/ownNode.ts', import.meta.url).href)});
  const [program, ...args] = process.argv.slice(1);
  process.exitCode = await runWithOwnNode(program, args);
`;
const INNER_PROGRAM = fileURLToPath(new URL('innerProgram.ts', import.meta.url));

/**
 * On Windows, only the console sends signals such as SIGINT, and it sends them to both Nodes. So there is nothing to
 * test.
 */
const isWindows = process.platform === 'win32';

type Outer = ChildProcessByStdio<null, Readable, null>;

function handOver(args: readonly string[], isGroup = false): Outer {
  return spawn(process.execPath, ['--input-type=module', '-e', HAND_OVER, '--', ...args], {
    env: { PATH: process.env['PATH'], KUBECONFIG: cluster.kubeconfigPath },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: isGroup,
  });
}

/** A running command. Ends with `using`, unless the test has ended the command. */
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

const cluster = await demoClusterFor({ after });

const CASES = [
  ['SIGINT', 'the process'],
  ['SIGTERM', 'the process'],
  ['SIGHUP', 'the process'],
  // A terminal sends SIGINT, and a service manager SIGTERM, to both Nodes at once.
  ['SIGINT', 'its group'],
  ['SIGTERM', 'its group'],
] as const;

for (const [signal, receiver] of CASES) {
  test(`${signal} to ${receiver} reaches the program behind an older Node once`, {
    skip: isWindows,
    timeout: 60_000,
  }, async () => {
    using forwarding = await forwardWeb(receiver === 'its group');
    const { child, port, stdout } = forwarding;
    const closed = once(child, 'close');
    if (receiver === 'its group') process.kill(-(child.pid ?? 0), signal);
    else child.kill(signal);
    const [status] = (await closed) as [number];
    // After a pause, the older Node also passes the signal on. If the command has not ended by then, this second signal
    // kills the command.
    const allowed = receiver === 'its group' ? [0, 128 + constants.signals[signal]] : [0];
    assert.ok(allowed.includes(status), String(status));
    assert.match(stdout(), new RegExp(`^Stopped \\(${signal}\\): 1 connection`, 'm'));
    assert.equal(await isQuiet(port), true);
  });
}

test('SIGQUIT ends the program behind an older Node at once, as without the wrapper', {
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

test('the program behind an older Node stops by itself when that Node is killed', {
  timeout: 60_000,
}, async () => {
  using forwarding = await forwardWeb();
  const { child, port, stdout } = forwarding;
  // Only the newer Node writes to this output. So its end means that the newer Node has ended.
  const ended = once(child.stdout, 'end');
  child.kill('SIGKILL');
  await ended;
  assert.match(stdout(), /^Stopped \(SIGTERM\): 1 connection/m);
  assert.equal(await isQuiet(port), true);
});

test('the program behind an older Node ends by itself, and its children do not know of the older Node', {
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
