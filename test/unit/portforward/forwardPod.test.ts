import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { suite, test } from 'node:test';
import type { ForwardEvent } from '../../../src/kinds/forwardNotice.ts';
import type { BoundAddress } from '../../../src/kinds/ports.ts';
import { forwardPod } from '../../../src/portforward/forwardPod.ts';
import type { ConnectionHandler, ConnectionSource } from '../../../src/portforward/listener.ts';
import type { EngineRequest } from '../../../src/portforward/request.ts';
import { TransportMemory } from '../../../src/portforward/transport/transportMemory.ts';
import { POD_NOT_FOUND_RESPONSE } from '../../support/apiFixture.ts';
import { coded } from '../../support/coded.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';
import { columns } from '../../support/fields.ts';
import { holdPort, loopbacks } from '../../support/localPorts.ts';
import { readBuffered } from '../../support/readBuffered.ts';
import { restConfigFor } from '../../support/restConfig.ts';
import { readToClose } from '../../support/socketPair.ts';
import { settle } from '../../support/spdyBytes.ts';
import { type SpdyServer, SWITCHING, startSpdyServer } from '../../support/spdyServer.ts';
import { assertNobodyListens } from '../../support/tcpClient.ts';

/** Starts a forward under test. */
function start(server: SpdyServer, more: Partial<EngineRequest> = {}) {
  const stop = new AbortController();
  const events: ForwardEvent[] = [];
  const readies: (readonly BoundAddress[])[] = [];
  const ready = Promise.withResolvers<number>();
  const over = forwardPod({
    restConfig: restConfigFor(server.tcp.url('http')),
    pod: { namespace: 'demo', name: 'web' },
    ports: [{ local: 0, remote: 80 }],
    stop: stop.signal,
    onEvent: (event) => events.push(event),
    ready(addresses) {
      readies.push(addresses);
      ready.resolve(addresses[0]?.localPort ?? 0);
    },
    ...more,
  });
  over.catch(ready.reject);
  ready.promise.catch(() => {});
  return { stop, events, readies, over, ready: ready.promise, types: () => events.map(({ type }) => type) };
}

/** Stops the forward, and waits until it has ended without an error. */
async function end({ stop, over }: ReturnType<typeof start>): Promise<void> {
  stop.abort();
  await over;
}

async function connect(port: number): Promise<Socket> {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** Sends a text through a connection, and waits for its echo. */
async function echoed(client: Socket, text = 'hello'): Promise<void> {
  client.write(text);
  assert.equal(String((await once(client, 'data'))[0]), text);
}

const rejects = (over: Promise<void>, ...expected: Parameters<typeof coded>) =>
  assert.rejects(over, coded(...expected));

suite('a forward', () => {
  test('is ready once, carries bytes, and leaves nothing when stopped', async () => {
    await using server = await startSpdyServer();
    const [out, err] = [new PassThrough(), new PassThrough()];
    const forward = start(server, { streams: { out, err } });
    const port = await forward.ready;
    const client = await connect(port);
    const ending = readToClose(client);
    client.end('hello');
    assert.equal((await ending).received.toString(), 'hello');
    while (!forward.types().includes('connectionEnded')) await settle();
    await end(forward);
    assert.deepEqual(forward.types(), ['starting', 'ready', 'connection', 'connectionEnded', 'stopped']);
    const stopped = forward.events.at(-1);
    assert.ok(stopped?.type === 'stopped');
    assert.deepEqual(stopped.counters, { open: 0, total: 1, failed: 0, bytesSent: 5, bytesReceived: 5 });
    assert.equal(forward.readies.length, 1);
    assert.deepEqual(
      columns(forward.readies[0], 'address', 'remotePort'),
      loopbacks.map((address) => [address, 80]),
    );
    const shown = loopbacks.map((address) => (address.includes(':') ? `[${address}]` : address));
    const lines = shown.map((address) => `Forwarding from ${address}:${port} -> 80\n`);
    assert.equal(String(readBuffered(out)), `${lines.join('')}Handling connection for ${port}\n`);
    assert.equal(err.readableLength, 0);
    assert.ok(!out.writableEnded && !err.writableEnded);
    await assertNobodyListens(port);
    await server.tcp.quiet();
  });

  test('ends with the error of an asynchronous ready callback, and ignores such an error after a stop', async () => {
    await using server = await startSpdyServer();
    const mine = new Error('mine');
    const fails = start(server, { ready: () => Promise.reject(mine) });
    await assert.rejects(fails.over, mine);
    assert.equal(fails.types().at(-1), 'stopped');
    const late = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const stopped = start(server, {
      ready: () => {
        called.resolve();
        return late.promise;
      },
    });
    await called.promise;
    stopped.stop.abort();
    await stopped.over;
    late.reject(mine);
    await server.tcp.quiet();
  });

  test('continues after a connection fails in the pod', async () => {
    await using server = await startSpdyServer(({ port, data, error }) => {
      if (port === 80) return void data.pipe(data);
      data.end();
      error.end('nobody listens there');
    });
    const err = new PassThrough();
    const ports = [80, 81].map((remote) => ({ local: 0, remote }));
    const forward = start(server, { ports, streams: { out: new PassThrough(), err } });
    await forward.ready;
    const [good, bad] = [80, 81].map(
      (remote) => forward.readies[0]?.find(({ remotePort }) => remotePort === remote)?.localPort ?? 0,
    );
    assert.ok(good !== undefined && bad !== undefined);
    const neighbour = await connect(good);
    await echoed(neighbour, 'before');
    const { sawEnd, error } = await readToClose(await connect(bad));
    assert.ok(!sawEnd && error !== undefined);
    await echoed(neighbour, 'after');
    while (err.readableLength === 0) await settle();
    assert.equal(String(readBuffered(err)), `error: connection ${bad} -> 81 failed: nobody listens there\n`);
    await end(forward);
    assert.ok(neighbour.destroyed || (await readToClose(neighbour)).error !== undefined);
    await server.tcp.quiet();
  });

  test('does not try a transport that the server is known to refuse', async () => {
    await using server = await startSpdyServer();
    server.answer = (head) => {
      // A server that supports channels refuses the port 0 with a reason that it does not give for other requests.
      const reason = head.includes('?ports=0 ') ? 'Invalid Port' : 'Bad Request';
      return `HTTP/1.1 400 ${reason}\r\nContent-Length: 0\r\n\r\n`;
    };
    const transportMemory = new TransportMemory();
    for (let round = 0; round < 2; round++) {
      const forward = start(server, { transportMemory });
      await forward.ready;
      await end(forward);
    }
    const first = server.heads.map((head) => head.split(' ')[0]);
    // The first round requests SPDY, a tunnel in a WebSocket, and the channel twice: without a port, and with port 0.
    // The different answers show that the server supports channels. The second round requests only the channel, twice.
    assert.deepEqual(first, ['POST', 'GET', 'GET', 'GET', 'GET', 'GET']);
  });
});

suite('a forward that cannot start', () => {
  test('is refused before any connection if its ports or addresses are invalid', async () => {
    await using server = await startSpdyServer();
    await rejects(start(server, { ports: [{ local: 1, remote: 0 }] }).over, 'INVALID_PORT');
    await rejects(start(server, { addresses: ['nowhere'] }).over, 'INVALID_ADDRESS');
    assert.equal(server.tcp.accepted, 0);
  });

  test('leaves no tunnel if its local port is in use', async () => {
    await using server = await startSpdyServer();
    const other = await holdPort('127.0.0.1');
    const forward = start(server, { ports: [{ local: other.port, remote: 80 }] });
    await rejects(forward.over, 'PORT_IN_USE');
    assert.deepEqual(forward.readies, []);
    await server.tcp.quiet();
    await other[Symbol.asyncDispose]();
    await assertNobodyListens(other.port);
  });

  test('fails before anything listens if its pod is missing', async () => {
    await using server = await startSpdyServer();
    server.answer = () => POD_NOT_FOUND_RESPONSE;
    const forward = start(server);
    await rejects(forward.over, 'POD_NOT_FOUND');
    assert.deepEqual(forward.types(), ['starting', 'stopped']);
    await server.tcp.quiet();
  });
});

suite('a stop', () => {
  for (const [name, answer] of [
    ['while the server does not answer', ''],
    ["in the middle of an answer's head", 'HTTP/1.1 101 Swi'],
    ["in the middle of a refusal's body", 'HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nhalf'],
  ] as const) {
    test(name, async () => {
      await using server = await startSpdyServer();
      server.answer = () => answer;
      const forward = start(server);
      while (server.heads.length === 0) await settle();
      await settle();
      await end(forward);
      assert.deepEqual(forward.types(), ['starting', 'stopped']);
      assert.deepEqual(forward.readies, []);
      await server.tcp.quiet();
    });
  }

  test('while the forward begins to listen leaves nothing bound', async () => {
    await using server = await startSpdyServer();
    const stop = new AbortController();
    const lent = Promise.withResolvers<void>();
    let isGivenBack = false;
    const listener: ConnectionSource = {
      async attach() {
        stop.abort();
        await lent.promise;
        return { addresses: [], dispose: () => (isGivenBack = true) };
      },
      requeue() {},
    };
    const forward = start(server, { stop: stop.signal, listener });
    while (!stop.signal.aborted) await settle();
    lent.resolve();
    await forward.over;
    assert.ok(isGivenBack);
    assert.deepEqual(forward.readies, []);
    assert.deepEqual(forward.types(), ['starting', 'stopped']);
    await server.tcp.quiet();
  });
});

suite('a lost pod', () => {
  test('is reported, and nothing listens any more', async () => {
    await using server = await startSpdyServer();
    const forward = start(server);
    const port = await forward.ready;
    const client = await connect(port);
    await echoed(client);
    const ending = readToClose(client);
    server.answer = () => 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n';
    for (const tunnel of server.tunnels) tunnel.destroy();
    await rejects(forward.over, 'LOST_CONNECTION');
    assert.ok((await ending).error !== undefined);
    assert.ok(forward.types().includes('tunnelLost'));
    assert.equal(forward.types().at(-1), 'stopped');
    await assertNobodyListens(port);
    await server.tcp.quiet();
  });

  test('is reported as gone if the server says so', async () => {
    await using server = await startSpdyServer();
    const forward = start(server);
    await forward.ready;
    server.answer = () => POD_NOT_FOUND_RESPONSE;
    for (const tunnel of server.tunnels) tunnel.destroy();
    await rejects(forward.over, 'POD_NOT_FOUND');
    await server.tcp.quiet();
  });

  test('does not end the forward if it is found again', async () => {
    await using server = await startSpdyServer();
    const forward = start(server);
    const port = await forward.ready;
    for (const tunnel of server.tunnels) tunnel.destroy();
    while (!forward.types().includes('tunnelLost')) await settle();
    const client = await connect(port);
    await echoed(client);
    await end(forward);
    await server.tcp.quiet();
  });

  test('before the forward was ready never makes it ready', async () => {
    await using server = await startSpdyServer();
    const listening = Promise.withResolvers<void>();
    let isAsked = false;
    const listener: ConnectionSource = {
      async attach() {
        isAsked = true;
        await listening.promise;
        return { addresses: [], dispose() {} };
      },
      requeue() {},
    };
    const forward = start(server, { listener });
    while (!isAsked) await settle();
    server.answer = () => POD_NOT_FOUND_RESPONSE;
    for (const tunnel of server.tunnels) tunnel.destroy();
    while (server.heads.length < 2) await settle();
    await server.tcp.quiet();
    listening.resolve();
    await rejects(forward.over, 'POD_NOT_FOUND');
    assert.deepEqual(forward.readies, []);
    assert.ok(!forward.types().includes('ready'));
  });

  test('gives waiting connections back to the lender of the listener', async () => {
    await using server = await startSpdyServer();
    let accept: ConnectionHandler | undefined;
    const returned: Socket[] = [];
    const listener: ConnectionSource = {
      attach(_pairs, onConnection) {
        accept = onConnection;
        return Promise.resolve({ addresses: [], dispose: () => (accept = undefined) });
      },
      requeue: (socket) => returned.push(socket),
    };
    // Accepts the first tunnel, and never answers the request for a spare tunnel.
    server.answer = () => (server.heads.length === 1 ? SWITCHING : '');
    const forward = start(server, { listener, redials: false });
    await forward.ready;
    while (server.heads.length < 2) await settle();
    const at = { address: '127.0.0.1', localPort: 8080, remotePort: 80 };
    const [first, second] = [new FakeSocket(), new FakeSocket()];
    accept?.(first.asSocket, at);
    // Makes the first connection a large transfer. No connection shares its tunnel, so the second one waits for the
    // spare tunnel.
    first.deliver(Buffer.alloc(100_000));
    while (first.sent.length < 100_000) await settle();
    accept?.(second.asSocket, at);
    await settle();
    for (const tunnel of server.tunnels) tunnel.destroy();
    await rejects(forward.over, 'LOST_CONNECTION', /^lost connection to pod "\S+" \([^()]+\)$/);
    assert.deepEqual(returned, [second.asSocket]);
    assert.ok(first.isReset && !second.destroyed);
    assert.equal(accept, undefined);
    second.destroy();
    await server.tcp.quiet();
  });
});

suite('draining', () => {
  test('takes no new connection and ends with the last one', async () => {
    await using server = await startSpdyServer();
    const drain = new AbortController();
    const forward = start(server, { drain: drain.signal });
    const port = await forward.ready;
    const client = await connect(port);
    await echoed(client);
    drain.abort();
    await assertNobodyListens(port);
    await echoed(client, 'still there');
    const ending = readToClose(client);
    client.end();
    assert.ok((await ending).sawEnd);
    await forward.over;
    await server.tcp.quiet();
  });

  test('ends at once without connections', async () => {
    await using server = await startSpdyServer();
    const drain = new AbortController();
    const forward = start(server, { drain: drain.signal });
    await forward.ready;
    drain.abort();
    await forward.over;
    await server.tcp.quiet();
  });
});
