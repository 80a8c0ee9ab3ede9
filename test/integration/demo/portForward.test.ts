import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { TestTunnel, upgrade } from './demoClient.ts';

const SIGNAL = () => AbortSignal.timeout(10_000);

for (const transport of ['spdy', 'websocket'] as const) {
  describe(`port-forward to the demo cluster by ${transport}`, () => {
    let cluster: DemoCluster;
    before(async () => {
      cluster = await startDemoCluster();
    });
    after(() => cluster.dispose());

    const open = (pod: string): Promise<TestTunnel> => TestTunnel.open(cluster, { transport, pod });

    test('a web page arrives, and everything ends with the connection', async () => {
      using tunnel = await open('web');
      const { data, errorText } = tunnel.connect(80);
      data.end('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n');
      const text = Buffer.concat(await data.toArray()).toString();
      assert.match(text, /^HTTP\/1\.1 200 OK/);
      assert.match(text, /Hello from <code>web<\/code>/);
      assert.equal(await errorText, '');
      await cluster.activity.until((now) => now.openPodConnections === 0 && now.openStreams === 0, SIGNAL());
    });

    test('half-close reaches the pod: an echo answers after the end of the request', async () => {
      using tunnel = await open('echo');
      const { data, errorText } = tunnel.connect(7);
      const sent = Buffer.alloc(3_000_000, 'echo ');
      data.end(sent);
      const received = Buffer.concat(await data.toArray());
      assert.ok(received.equals(sent));
      assert.equal(await errorText, '');
    });

    test('a server that speaks first is heard before the client sends anything', async () => {
      using tunnel = await open('greeter');
      const { data } = tunnel.connect(2525);
      const [banner] = (await once(data, 'data')) as [Buffer];
      assert.match(banner.toString(), /^220 /);
      data.write('QUIT\r\n');
      const [bye] = (await once(data, 'data')) as [Buffer];
      assert.match(bye.toString(), /^221 /);
    });

    test('a port without a listener ends the data, then gives the reason in the recorded words', async () => {
      using tunnel = await open('web');
      const { data, errorText } = tunnel.connect(9999);
      const order: string[] = [];
      data.on('end', () => order.push('data')).resume();
      const text = await errorText.finally(() => order.push('error'));
      assert.match(
        text,
        /^error forwarding port 9999 to pod [0-9a-f]{64}, uid : failed to execute portforward in network namespace "\/var\/run\/netns\/cni-[0-9a-f-]{36}": failed to connect to localhost:9999 inside namespace "[0-9a-f]{64}", IPv4: dial tcp4 127\.0\.0\.1:9999: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found $/,
      );
      assert.deepEqual(order, ['data', 'error']);
      const second = tunnel.connect(80);
      second.data.end('GET /healthz HTTP/1.0\r\n\r\n');
      assert.match(Buffer.concat(await second.data.toArray()).toString(), /ok\n$/);
    });

    test('a reset by the client resets the connection in the pod', async () => {
      using tunnel = await open('echo');
      const { data } = tunnel.connect(7);
      data.write('x');
      await once(data, 'data');
      assert.equal(cluster.activity.current.openPodConnections, 1);
      data.reset();
      await cluster.activity.until(({ openPodConnections }) => openPodConnections === 0, SIGNAL());
    });

    test('64 MB arrive unchanged in each direction', async () => {
      const size = 64 * 1024 * 1024;
      using tunnel = await open('web');
      const down = tunnel.connect(80).data;
      down.write(`GET /bytes?n=${size} HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n`);
      const hash = createHash('sha256');
      let bytes = 0;
      let headerBytes: number | undefined;
      for await (const chunk of down as AsyncIterable<Buffer>) {
        const body = headerBytes === undefined ? chunk.subarray(chunk.indexOf('\r\n\r\n') + 4) : chunk;
        headerBytes ??= chunk.length - body.length;
        bytes += body.length;
        hash.update(body);
      }
      assert.equal(bytes, size);
      const alphabet = Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(size / 26))).subarray(
        0,
        size,
      );
      const expected = createHash('sha256').update(alphabet).digest('hex');
      assert.equal(hash.digest('hex'), expected);

      const up = tunnel.connect(80).data;
      up.write(`PUT /upload HTTP/1.1\r\nHost: web\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`);
      up.end(alphabet);
      const answer = Buffer.concat(await up.toArray()).toString();
      assert.deepEqual(JSON.parse(answer.slice(answer.indexOf('{'))), { bytes: size, sha256: expected });
    });

    test('a client that stops reading holds its tunnel up, and the server buffers a bounded amount', async () => {
      using stalled = await open('web');
      const before = await usedMemory();
      const { data } = stalled.connect(80);
      data.write('GET /bytes?n=1000000000 HTTP/1.1\r\nHost: web\r\n\r\n');
      await once(data, 'readable');
      using other = await open('web');
      for (let i = 0; i < 20; i++) {
        const { data: healthy } = other.connect(80);
        healthy.end('GET /healthz HTTP/1.0\r\n\r\n');
        assert.match(Buffer.concat(await healthy.toArray()).toString(), /ok\n$/);
      }
      const grown = (await usedMemory()) - before;
      assert.ok(grown < 16 * 1024 * 1024, `${grown} bytes`);
      assert.equal(stalled.spdy.isPaused, true);
    });

    test('the SPDY side answers a ping', async () => {
      using tunnel = await open('web');
      assert.ok((await tunnel.spdy.ping(SIGNAL())) >= 0);
    });

    test('a deleted pod ends its connections, and new ones are told that its sandbox is gone', async () => {
      const cluster2 = await startDemoCluster();
      try {
        using tunnel = await TestTunnel.open(cluster2, { transport, pod: 'echo' });
        const { data } = tunnel.connect(7);
        data.write('x');
        await once(data, 'data');
        cluster2.pods.delete('demo', 'echo');
        await once(data.resume(), 'end');
        assert.match(
          await tunnel.connect(7).errorText,
          /failed to find sandbox "[0-9a-f]{64}" in store: not found$/,
        );
      } finally {
        await cluster2.dispose();
      }
    });

    test('a missing pod answers 404 as recorded', async () => {
      const { status, body, socket } = await upgrade(cluster, { transport, pod: 'nope' });
      socket.destroy();
      assert.equal(status, 404);
      assert.deepEqual(JSON.parse(body), {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'pods "nope" not found',
        reason: 'NotFound',
        details: { name: 'nope', kind: 'pods' },
        code: 404,
      });
    });
  });
}
