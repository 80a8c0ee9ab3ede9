import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { DemoCluster, DemoUserName, TransportName } from '../../../src/demo/entry.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { apiFixture } from '../../support/apiFixture.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { request, TestTunnel, upgrade } from './demoClient.ts';

const PORT_FORWARD = '/api/v1/namespaces/demo/pods/web/portforward';

async function statusOf(
  cluster: DemoCluster,
  transport: TransportName,
  user?: DemoUserName,
): Promise<number> {
  const answer = await upgrade(cluster, {
    transport,
    pod: 'web',
    query: transport === 'channel' ? '?ports=80' : '',
    ...(user === undefined ? {} : { user }),
  });
  answer.socket.destroy();
  return answer.status;
}

const cluster = await demoClusterFor({ after });

describe('the three transports of the demo cluster', () => {
  test('a request without upgrade headers is told to send them', async () => {
    const answer = await request(cluster, PORT_FORWARD);
    assert.deepEqual(
      [answer.status, answer.json<{ message: string }>().message],
      [400, 'Upgrade request required'],
    );
  });

  test('the answer to an upgrade has the headers of the recorded ones', async () => {
    const spdy = await upgrade(cluster, { transport: 'spdy', pod: 'web' });
    spdy.socket.destroy();
    assert.equal(spdy.headers['upgrade'], 'SPDY/3.1');
    assert.equal(spdy.headers['x-stream-protocol-version'], 'portforward.k8s.io');
    const tunnel = await upgrade(cluster, { transport: 'websocket', pod: 'web' });
    tunnel.socket.destroy();
    assert.equal(tunnel.headers['sec-websocket-protocol'], 'SPDY/3.1+portforward.k8s.io');
  });

  test('a pending pod has no host to forward to', async () => {
    const { status, body, socket } = await upgrade(cluster, { transport: 'spdy', pod: 'pending' });
    socket.destroy();
    assert.equal(status, 400);
    assert.match(body, /pod pending does not have a host assigned/);
  });

  test('a completed pod accepts the tunnel and fails the connection', async () => {
    using tunnel = await TestTunnel.open(cluster, { transport: 'spdy', pod: 'migrate-x7k2p' });
    assert.match(await tunnel.connect(80).errorText, /failed to find sandbox/);
  });

  test('v4 channels carry the port on both, then an error text, then the end', async () => {
    const { socket, status } = await upgrade(cluster, {
      transport: 'channel',
      pod: 'web',
      query: '?ports=9999',
    });
    assert.equal(status, 101);
    const bytes = Buffer.concat(await socket.toArray());
    const prefix = Buffer.from('8203000f27' + '8203010f27', 'hex');
    assert.deepEqual(bytes.subarray(0, prefix.length), prefix);
    const text = bytes.subarray(prefix.length);
    assert.deepEqual([text[0], text[1], text[4]], [0x82, 126, 1]);
    assert.match(text.toString(), /error forwarding port 9999 to pod /);
    assert.deepEqual(text.subarray(-4), Buffer.from('880203e8', 'hex'));
    socket.destroy();
  });
});

describe('other versions of Kubernetes', () => {
  test('a server before 1.30 answers the WebSocket tunnel with 400', async (t) => {
    const cluster = await demoClusterFor(t, { kubernetesVersion: '1.29' });
    const { status, body, socket } = await upgrade(cluster, { transport: 'websocket', pod: 'web' });
    socket.destroy();
    assert.equal(status, 400);
    assert.match(body, /query parameter \\"port\\" is required/);
    assert.equal(await statusOf(cluster, 'spdy'), 101);
    assert.equal(await statusOf(cluster, 'channel'), 101);
    const version = await request(cluster, '/version');
    assert.equal(version.json<{ minor: string }>().minor, '29');
  });

  test('a server from 1.35 on needs create for a WebSocket, and refuses without a reason', async (t) => {
    const cluster = await demoClusterFor(t, { kubernetesVersion: '1.36' });
    const answer = await upgrade(cluster, { transport: 'websocket', pod: 'echo', user: 'demo-getonly' });
    answer.socket.destroy();
    assert.equal(answer.status, 403);
    assert.deepEqual(JSON.parse(answer.body), apiFixture('forbidden-websocket-getonly-1.36.json'));
    assert.equal(await statusOf(cluster, 'websocket', 'demo-developer'), 101);
  });
});

test('a server with a path prefix serves everything below it and nothing beside it', async (t) => {
  const cluster = await demoClusterFor(t, { pathPrefix: '/k8s/clusters/demo/' });
  assert.equal(cluster.server.pathname, '/k8s/clusters/demo');
  assert.equal((await request(cluster, '/api/v1/namespaces')).status, 200);
  for (const transport of TRANSPORTS) assert.equal(await statusOf(cluster, transport), 101);
  const beside = { ...cluster, server: new URL(cluster.server.origin) };
  assert.equal((await request(beside, '/api/v1/namespaces')).status, 404);
  assert.equal(await statusOf(beside, 'spdy'), 404);
});
