import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, afterEach, describe, test } from 'node:test';
import type { CodedError } from '../../../src/base/errors.ts';
import { TRANSPORTS } from '../../../src/kinds/transports.ts';
import { encodeFrameHeader, Opcode } from '../../../src/websocket/frames.ts';
import { demoClusterFor } from '../../support/demoForward.ts';
import { request, TestTunnel, upgrade, watch } from './demoClient.ts';

const LIMIT = () => AbortSignal.timeout(10_000);
const PODS = '/api/v1/namespaces/demo/pods';

const cluster = await demoClusterFor({ after });

describe('faults of the demo cluster', () => {
  afterEach(() => cluster.faults.clear());

  const open = (pod: string, transport: 'spdy' | 'websocket' = 'spdy') =>
    TestTunnel.open(cluster, { transport, pod });

  test('a refused port affects one pod only', async () => {
    const fault = cluster.faults.add({ type: 'refusePort', pod: 'web', port: 80 });
    using tunnel = await open('web');
    assert.match(await tunnel.connect(80).errorText, /connection refused/);
    using other = await open('echo');
    const echo = other.connect(7).data;
    echo.end('still here');
    assert.equal(Buffer.concat(await echo.toArray()).toString(), 'still here');
    fault.dispose();
    const { data } = tunnel.connect(80);
    data.end('GET /healthz HTTP/1.0\r\n\r\n');
    assert.match(Buffer.concat(await data.toArray()).toString(), /ok\n$/);
  });

  test('a program that never reads holds the sender up', async () => {
    cluster.faults.add({ type: 'stallPort', what: 'read', port: 7 });
    using tunnel = await open('echo');
    const { data } = tunnel.connect(7);
    const chunk = Buffer.alloc(256 * 1024);
    let sent = 0;
    while (sent < 256 * chunk.length && data.write(chunk)) sent += chunk.length;
    const rest = new AbortController();
    const pumping = (async () => {
      for (; sent < 256 * chunk.length; sent += chunk.length) {
        data.write(chunk);
        await once(data, 'drain', { signal: rest.signal });
      }
    })();
    using other = await open('web');
    await other.spdy.ping(LIMIT());
    for (let i = 0; i < 20; i++) await other.spdy.ping(LIMIT());
    assert.ok(sent < 32 * chunk.length, `${sent} bytes were taken`);
    rest.abort();
    await assert.rejects(pumping, { name: 'AbortError' });
  });

  for (const transport of TRANSPORTS) {
    test(`${transport}: a client that leaves while a program does not read leaves nothing behind`, async () => {
      cluster.faults.add({ type: 'stallPort', what: 'read', port: 7 });
      const { socket } = await upgrade(cluster, { transport, pod: 'echo', query: '?ports=7' });
      const chunk = Buffer.alloc(64 * 1024);
      if (transport === 'channel') {
        const frame = Buffer.concat([encodeFrameHeader(Opcode.binary, chunk.length, Buffer.alloc(4)), chunk]);
        for (let i = 0; i < 200; i++) socket.write(frame);
      } else {
        const { data } = new TestTunnel(socket, transport).connect(7);
        for (let i = 0; i < 200; i++) data.write(chunk);
      }
      await cluster.activity.until((now) => now.openPodConnections === 1 && now.openStreams === 2, LIMIT());
      for (let i = 0; i < 20; i++) await request(cluster, '/version');
      socket.destroy();
      await cluster.activity.until(
        (now) => now.openTunnels === 0 && now.openPodConnections === 0 && now.openStreams === 0,
        LIMIT(),
      );
    });
  }

  test('a program reads on and never answers', async () => {
    cluster.faults.add({ type: 'stallPort', what: 'answer', port: 7 });
    using tunnel = await open('echo');
    const { data } = tunnel.connect(7);
    data.end(Buffer.alloc(5_000_000));
    await once(data, 'finish');
    assert.equal(data.readableLength, 0);
  });

  test('a connection is reset after exactly the given number of bytes', async () => {
    cluster.faults.add({ type: 'resetPort', afterBytes: 70_000, port: 80 });
    using tunnel = await open('web');
    const { data, errorText } = tunnel.connect(80);
    data.write('GET /bytes?n=1000000 HTTP/1.1\r\nHost: web\r\n\r\n');
    assert.equal(Buffer.concat(await data.toArray()).length, 70_000);
    assert.match(await errorText, /connection reset by peer$/);
  });

  for (const transport of ['spdy', 'websocket'] as const) {
    for (const mode of ['reset', 'close'] as const) {
      test(`${transport}: a tunnel is dropped (${mode}) and another stays`, async () => {
        using dropped = await open('web', transport);
        using kept = await open('echo', transport);
        const closed = new Promise<CodedError | undefined>((resolve) => {
          dropped.spdy.onDidClose(resolve);
        });
        assert.equal(cluster.faults.dropTunnels(mode, { pod: 'web' }), 1);
        const error = await closed;
        assert.equal(error?.code, 'LOST_CONNECTION_TO_SERVER');
        if (mode === 'reset') assert.match(String(error.cause), /ECONNRESET/);
        await kept.spdy.ping(LIMIT());
      });
    }

    test(`${transport}: a silenced tunnel neither answers nor ends`, async () => {
      using silent = await open('web', transport);
      using other = await open('web', transport);
      await cluster.activity.until(({ openTunnels }) => openTunnels === 2, LIMIT());
      assert.equal(cluster.faults.dropTunnels('silence', { count: 1 }), 1);
      const waiting = new AbortController();
      const ping = silent.spdy.ping(waiting.signal);
      for (let i = 0; i < 20; i++) await other.spdy.ping(LIMIT());
      waiting.abort();
      await assert.rejects(ping, { name: 'AbortError' });
      assert.equal(silent.spdy.isClosed, false);
    });
  }

  test('requests selected by verb, path and user are answered by a fault, once or always', async () => {
    cluster.faults.add({ type: 'answer', status: 500, times: 1 });
    assert.equal((await request(cluster, PODS)).status, 500);
    assert.equal((await request(cluster, PODS)).status, 200);
    cluster.faults.add({
      type: 'answer',
      status: 429,
      verb: 'list',
      user: 'demo-viewer',
      retryAfterSeconds: 3,
    });
    const limited = await request(cluster, PODS, { user: 'demo-viewer' });
    assert.deepEqual([limited.status, limited.headers['retry-after']], [429, '3']);
    assert.equal((await request(cluster, `${PODS}/web`, { user: 'demo-viewer' })).status, 200);
    assert.equal((await request(cluster, PODS)).status, 200);
    for (const status of [401, 403, 404, 410, 502]) {
      cluster.faults.add({ type: 'answer', status, path: '/version', times: 1 });
      const answer = await request(cluster, '/version');
      assert.deepEqual([answer.status, answer.json<{ code: number }>().code], [status, status]);
    }
  });

  test('a frozen server accepts connections and answers nothing until it is thawed', async () => {
    using tunnel = await open('echo');
    await using events = await watch(
      cluster,
      `${PODS}?watch=true&resourceVersion=${cluster.store.resourceVersion}`,
    );
    const freeze = cluster.faults.add({ type: 'freeze' });
    const { openConnections } = cluster.activity.current;
    const settled: string[] = [];
    const note = (name: string) => (): void => void settled.push(name);
    const answers = [
      request(cluster, '/version').then(note('request')),
      tunnel.spdy.ping(LIMIT()).then(note('ping')),
      events.next().then(note('event')),
    ];
    cluster.pods.setReady('demo', 'echo', false);
    cluster.pods.setReady('demo', 'echo', true);
    await cluster.activity.until((now) => now.openConnections === openConnections + 1, LIMIT());
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(settled, []);
    freeze.dispose();
    await Promise.all(answers);
  });

  test('a restart cuts off everything, and the same port serves the same objects again', async () => {
    using tunnel = await open('web');
    const closed = new Promise<void>((resolve) => void tunnel.spdy.onDidClose(() => resolve()));
    const { uid } = cluster.pods.get('demo', 'web').metadata;
    await cluster.faults.restart();
    await closed;
    const answer = await request(cluster, `${PODS}/web`);
    assert.equal(answer.json<{ metadata: { uid: string } }>().metadata.uid, uid);
  });

  test('a container restart ends the connections of the pod, which takes new ones', async () => {
    using tunnel = await open('echo');
    const { data } = tunnel.connect(7);
    data.write('x');
    await once(data, 'data');
    cluster.pods.restartContainers('demo', 'echo');
    await once(data.resume(), 'end');
    const status = cluster.pods.get('demo', 'echo').status.containerStatuses?.[0];
    assert.deepEqual(
      [status?.restartCount, status?.lastState.terminated?.exitCode, status?.ready],
      [1, 1, true],
    );
    const { data: next } = tunnel.connect(7);
    next.end('again');
    assert.equal(Buffer.concat(await next.toArray()).toString(), 'again');
  });
});

test('added latency lengthens every round trip of new connections', async (t) => {
  const cluster = await demoClusterFor(t, { latencyMs: 60 });
  using tunnel = await TestTunnel.open(cluster, { transport: 'spdy', pod: 'echo' });
  const rtt = await tunnel.spdy.ping(LIMIT());
  assert.ok(rtt >= 59, `a ping took ${rtt} ms`);
  const { data } = tunnel.connect(7);
  const sent = Buffer.alloc(10_000_000, 'latency');
  data.end(sent);
  assert.ok(Buffer.concat(await data.toArray()).equals(sent));
  cluster.faults.clear();
  using fast = await TestTunnel.open(cluster, { transport: 'spdy', pod: 'echo' });
  // Uses the fastest of many pings, because this process may be delayed during any of them.
  let best = Number.POSITIVE_INFINITY;
  for (let ping = 0; ping < 50 && best >= 59; ping++) {
    best = Math.min(best, await fast.spdy.ping(LIMIT()));
  }
  assert.ok(best < 59, `a ping took ${best} ms`);
  assert.equal(cluster.faults.dropTunnels('reset'), 2);
});
