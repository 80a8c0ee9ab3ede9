import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { demoClusterFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { isQuiet } from '../../support/localPorts.ts';
import { connectTo, connectToEcho, echoed, get } from '../../support/tcpClient.ts';
import { startFor } from './commandProcess.ts';

test('--reconnect=false ends with status 1 and stops listening when the pod is lost', async (t) => {
  const cluster = await demoClusterFor(t);
  await using command = startFor(cluster, 'pod/web', ':80', '--reconnect=false');
  const port = await command.port(80);
  cluster.faults.dropTunnels('reset');
  const { status, stderr } = await command.ended();
  assert.equal(status, 1);
  const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /^error: lost connection to pod "web" \(.*\)$/);
  assert.equal(await isQuiet(port), true);
});

test('--reconnect=false with one WebSocket for each connection outlasts a login that the server refuses', async (t) => {
  const cluster = await demoClusterFor(t);
  const args = ['pod/echo', ':7', '--reconnect=false', '--transport=channel'];
  await using command = startFor(cluster, ...args);
  const port = await command.port(7);
  const open = await connectToEcho(port);
  const refusal = cluster.faults.add({ type: 'answer', status: 401 });
  const refused = await connectTo(port);
  refused.write('refused');
  await assert.rejects(once(refused, 'close'), { code: 'ECONNRESET' });
  await command.errors(/401/);
  await echoed(open, 'still open');
  refusal.dispose();
  (await connectToEcho(port)).destroy();
  open.destroy();
  assert.equal((await command.stop()).status, 0);
});

test('lost tunnels are replaced on the same port', async (t) => {
  const cluster = await demoClusterFor(t);
  await using command = startFor(cluster, 'pod/web', ':80');
  const port = await command.port(80);
  cluster.faults.dropTunnels('reset');
  await command.output(
    new RegExp(
      `Forwarding from 127\\.0\\.0\\.1:${port} -> 80\\n(.*\\n)*Forwarding from 127\\.0\\.0\\.1:${port} -> 80\\n`,
    ),
  );
  assert.equal((await get(port, '/healthz')).body, 'ok\n');
  assert.equal((await command.stop()).status, 0);
});

test('the next pod of a deployment takes over on the same port, with one event for the reason', async (t) => {
  const cluster = await demoClusterFor(t);
  await using command = startFor(cluster, 'deploy/web', ':8080', '-o', 'json');
  const port = await command.port(8080);
  const podName = async () => (JSON.parse((await get(port, '/api/pod')).body) as { pod: string }).pod;
  const first = await podName();
  cluster.pods.delete('demo', first, 0);
  await command.event('reconnecting');
  await eventually(
    () => command.events.filter(({ event }) => event === 'ready').length >= 2,
    'it is not ready again',
  );
  assert.notEqual(await podName(), first);
  const { status } = await command.stop();
  assert.equal(status, 0);
  const stopped = command.events.at(-1);
  assert.equal(stopped?.event, 'stopped');
  assert.deepEqual([stopped['total'], stopped['failed']], [2, 0]);
});
