import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { CONTAINER_RUNTIMES, type DemoCluster, startDemoCluster } from '../../../src/demo/entry.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { demoClusterFor, demoForwardFor } from '../../support/demoForward.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { fastClock } from '../../support/fastClock.ts';
import { fieldOf } from '../../support/fields.ts';
import { startStalledDownload, startStalledUpload } from '../../support/stalls.ts';
import { connectTo, connectToEcho, echoes, get, readUntil } from '../../support/tcpClient.ts';

const STALL_LIMIT_MS = 10_000;
/** How much faster the clock runs, so that the stall limit of 10 s takes half a second. */
const SPEED = 20;

for (const [transport, runtime] of TRANSPORTS.flatMap((name) =>
  CONTAINER_RUNTIMES.map((runtime) => [name, runtime] as const),
)) {
  describe(`neighbours of stalled connections, through ${transport} and ${runtime}`, () => {
    let cluster: DemoCluster;

    before(async () => {
      cluster = await startDemoCluster({ runtime });
    });
    after(() => cluster.dispose());

    for (const count of [1, 8, 9, 30]) {
      test(`are all served beside ${count} stalled ${count === 1 ? 'download' : 'downloads'}`, async (t) => {
        const forward = await demoForwardFor(t, cluster, { transport });
        const earlier = new http.Agent({ keepAlive: true, maxSockets: 1 });
        await get(forward.port(), '/healthz', earlier);
        const stalled: Socket[] = [];
        for (let index = 0; index < count; index++) stalled.push(await startStalledDownload(forward.port()));
        const others = Array.from({ length: 20 }, () => get(forward.port(), '/healthz'));
        assert.deepEqual(
          fieldOf(await Promise.all(others), 'body'),
          others.map(() => 'ok\n'),
        );
        assert.equal((await get(forward.port(), '/healthz', earlier)).body, 'ok\n');
        assert.equal(forward.events.filter(({ type }) => type === 'tunnelLost').length, 0);
        for (const socket of stalled) socket.destroy();
        earlier.destroy();
      });
    }

    test('are all served beside 30 downloads that stall at once', async (t) => {
      const forward = await demoForwardFor(t, cluster, { transport, clock: fastClock(SPEED) });
      const earlier = await connectTo(forward.port());
      earlier.write('GET /healthz HTTP/1.1\r\nHost: pod\r\n\r\n');
      await readUntil(earlier, 'ok\n');
      // Some of these downloads share a tunnel with earlier downloads. They have to wait until the earlier downloads
      // have been stalled for 10 s.
      const stalled = await Promise.all(
        Array.from({ length: 30 }, () => startStalledDownload(forward.port())),
      );
      const others = await Promise.all(Array.from({ length: 20 }, () => get(forward.port(), '/healthz')));
      assert.ok(others.every(({ body }) => body === 'ok\n'));
      earlier.write('GET /healthz HTTP/1.1\r\nHost: pod\r\n\r\n');
      await readUntil(earlier, 'ok\n');
      for (const socket of [earlier, ...stalled]) socket.destroy();
    });

    test('are all served beside an upload that the pod does not read', async (t) => {
      const forward = await demoForwardFor(t, cluster, {
        transport,
        podName: 'multi',
        remotePorts: [8080, 7],
      });
      const fault = cluster.faults.add({
        type: 'stallPort',
        what: 'read',
        namespace: 'demo',
        pod: 'web',
        port: 7,
      });
      const stalled = await startStalledUpload(forward.port(7));
      const others = await Promise.all(Array.from({ length: 20 }, () => get(forward.port(8080), '/healthz')));
      assert.ok(others.every(({ body }) => body === 'ok\n'));
      stalled.destroy();
      fault.dispose();
    });
  });
}

for (const transport of ['spdy', 'websocket'] as const) {
  test(`the longest stalled of forty downloads through ${transport} are ended after 10 s`, async (t) => {
    const clock = new FakeClock();
    const cluster = await demoClusterFor(t);
    const forward = await demoForwardFor(t, cluster, { transport, clock });
    const stalled: Socket[] = [];
    const evicted = () =>
      forward.events.flatMap((event) =>
        event.type === 'connectionEnded' && event.error?.code === 'STALLED' ? [event.error] : [],
      );
    const start = async () => {
      const socket = await startStalledDownload(forward.port());
      stalled.push(socket);
    };
    for (let index = 0; index < 32; index++) await start();
    await eventually(() => cluster.activity.current.openTunnels === 32, 'the pool does not grow to 32');
    // Some of these downloads may be cut off before their first byte arrives.
    const started = Array.from({ length: 8 }, () => start().catch(() => {}));
    const other = get(forward.port(), '/healthz');
    await eventually(async () => {
      clock.advance(STALL_LIMIT_MS / 60);
      await new Promise((resolve) => setImmediate(resolve));
      return evicted().length > 0;
    }, 'nobody makes way');
    assert.match(evicted()[0]?.message ?? '', /stalled for 10 s/);
    await eventually(async () => {
      clock.advance(STALL_LIMIT_MS / 60);
      return await Promise.race([
        other.then(() => true),
        new Promise<boolean>((resolve) => setImmediate(resolve, false)),
      ]);
    }, 'the other request is not served');
    assert.equal((await other).body, 'ok\n');
    assert.ok(evicted().length < 40, `${evicted().length} were cut off`);
    for (const socket of stalled) socket.destroy();
    await Promise.allSettled(started);
  });
}

test('a silent tunnel is noticed after 10 s: its connections are reset with the reason, and the next one is served', async (t) => {
  const clock = new FakeClock();
  const cluster = await demoClusterFor(t);
  const forward = await demoForwardFor(t, cluster, { clock, podName: 'echo', remotePorts: [7] });
  const socket = await connectToEcho(forward.port());
  await eventually(() => cluster.activity.current.openTunnels === 2, 'no spare tunnel');
  cluster.faults.dropTunnels('silence');
  const gone = once(socket, 'error');
  clock.advance(5_000);
  assert.equal(forward.events.filter(({ type }) => type === 'tunnelLost').length, 0);
  clock.advance(5_000);
  await gone;
  const { error } = await forward.event('connectionEnded', (event) => event.error !== undefined);
  assert.match(error?.message ?? '', /no response for 10 s/);
  await echoes(forward.port());
});
