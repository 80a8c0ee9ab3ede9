import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import type { TransportName } from '../../../src/portforward/transport/transport.ts';
import { ALPHABET, alphabetHash } from '../../support/alphabet.ts';
import { type DemoForward, demoForwardFor, demoRestConfig, type TestEnd } from '../../support/demoForward.ts';
import { startHttpProxy } from '../../support/httpProxy.ts';
import { startSocksServer } from '../../support/socksServer.ts';
import { connectToEcho, download, exchange, get, upload } from '../../support/tcpClient.ts';
import type { TestTcpServer } from '../../support/tcpServer.ts';

const BYTES = 5_000_000;

const PROXIES: Readonly<Record<string, () => Promise<TestTcpServer>>> = {
  http: () => startHttpProxy(),
  socks5: () => startSocksServer(),
};

for (const [scheme, startProxy] of Object.entries(PROXIES)) {
  describe(`behind a proxy (${scheme}) and a path prefix`, () => {
    let cluster: DemoCluster;
    let proxy: TestTcpServer;
    before(async () => {
      cluster = await startDemoCluster({ pathPrefix: '/k8s/clusters/demo' });
      proxy = await startProxy();
    });
    after(async () => {
      await proxy[Symbol.asyncDispose]();
      await cluster.dispose();
    });

    const start = (
      t: TestEnd,
      podName: string,
      remotePorts: readonly number[],
      transport?: TransportName,
    ): Promise<DemoForward> =>
      demoForwardFor(t, cluster, {
        podName,
        remotePorts,
        restConfig: { ...demoRestConfig(cluster), proxy: proxy.url(scheme) },
        ...(transport && { transport }),
      });

    for (const transport of TRANSPORTS) {
      test(`${transport} carries pages, large bodies, half-close and a refused port`, async (t) => {
        const web = await start(t, 'multi', [8080, 7, 9999], transport);
        const accepted = proxy.accepted;
        assert.ok(accepted > 0 || transport === 'channel');
        assert.equal((await get(web.port(8080), '/healthz')).body, 'ok\n');
        const { sha256 } = await download(web.port(8080), `/bytes?n=${BYTES}`);
        assert.equal(sha256, alphabetHash(BYTES));
        const { answer } = await upload(web.port(8080), '/upload', ALPHABET, BYTES);
        assert.deepEqual(answer, { bytes: BYTES, sha256 });
        if (transport !== 'channel') assert.equal(await exchange(web.port(7), 'all of it'), 'all of it');
        await assert.rejects(get(web.port(9999)), { code: 'ECONNRESET' });
        assert.equal((await get(web.port(8080), '/healthz')).body, 'ok\n');
      });
    }

    test('the forward chooses a WebSocket, which proxies let through', async (t) => {
      const { events } = await start(t, 'web', [80]);
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'ready' ? [event.transport] : [])),
        ['websocket'],
      );
    });

    test('connections that a proxy cuts off are reset, and the next one is served', async (t) => {
      const forward = await start(t, 'echo', [7]);
      const socket = await connectToEcho(forward.port());
      const gone = once(socket, 'error');
      await cluster.activity.until(({ openTunnels }) => openTunnels === 2, AbortSignal.timeout(10_000));
      const accepted = proxy.accepted;
      for (let index = 0; index < accepted; index++) (await proxy.connection(index)).destroy();
      assert.equal((await gone)[0].code, 'ECONNRESET');
      await forward.event('tunnelLost');
      assert.equal(await exchange(forward.port(), 'again'), 'again');
    });
  });
}
