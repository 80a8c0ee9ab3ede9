import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { demoClusterFor } from '../../support/demoForward.ts';
import { usedMemory } from '../../support/spdyMemory.ts';
import { TestTunnel } from './demoClient.ts';

const cluster = await demoClusterFor({ after });

for (const transport of ['spdy', 'websocket'] as const) {
  describe(`port-forward to the demo cluster by ${transport}`, () => {
    const open = (pod: string): Promise<TestTunnel> => TestTunnel.open(cluster, { transport, pod });

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

    test('a deleted pod ends its connections, and new ones are told that its sandbox is gone', async (t) => {
      const cluster2 = await demoClusterFor(t);
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
    });
  });
}
