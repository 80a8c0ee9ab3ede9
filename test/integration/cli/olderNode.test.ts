import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { after, before, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/demoCluster.ts';
import { get } from '../../support/tcpClient.ts';
import { COMMAND } from './commandProcess.ts';
import { isQuiet } from './localPorts.ts';

/** What `cli.ts` does on a Node that is too old: hands over to the Node that npm installed, and waits for it. */
const HAND_OVER = `
  const { runWithOwnNode } = await import(${JSON.stringify(new URL('../../../src/cli/nodeVersion.ts', import.meta.url).href)});
  process.exitCode = await runWithOwnNode(${JSON.stringify(COMMAND)}, process.argv.slice(1));
`;

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
    timeout: 60_000,
  }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HAND_OVER, '--', 'pod/web', ':80'], {
      env: { PATH: process.env['PATH'], KUBECONFIG: cluster.kubeconfigPath },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: receiver === 'its group',
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    try {
      while (!stdout.includes('Forwarding from')) await once(child.stdout, 'data');
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(stdout)?.[1]);
      assert.equal((await get(port, '/healthz')).body, 'ok\n');
      const closed = once(child, 'close');
      if (receiver === 'its group') process.kill(-(child.pid ?? 0), signal);
      else child.kill(signal);
      const [status] = (await closed) as [number];
      // On a machine under load it may end so slowly that what is passed on still meets it.
      const allowed = receiver === 'its group' ? [0, 128 + constants.signals[signal]] : [0];
      assert.ok(allowed.includes(status), String(status));
      assert.match(stdout, new RegExp(`^Stopped \\(${signal}\\): 1 connection`, 'm'));
      assert.equal(await isQuiet(port), true);
    } finally {
      child.kill('SIGTERM');
    }
  });
}
