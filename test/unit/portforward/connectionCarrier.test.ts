import assert from 'node:assert/strict';
import net, { type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import type { ForwardEvent } from '../../../src/kinds/forwardNotice.ts';
import type { BoundAddress } from '../../../src/kinds/ports.ts';
import { ConnectionCarrier, type ForwardOptions } from '../../../src/portforward/connectionCarrier.ts';
import { ConnectionCounts } from '../../../src/portforward/connectionCounts.ts';
import { listen } from '../../../src/portforward/listener.ts';
import { SpdyTunnel } from '../../../src/portforward/transport/spdyTunnel.ts';
import type { Dialer, Tunnel } from '../../../src/portforward/transport/transport.ts';
import { TunnelPool } from '../../../src/portforward/tunnelPool.ts';
import { WebSocketStream } from '../../../src/websocket/webSocketStream.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeSocket } from '../../support/fakeSocket.ts';
import { FakeDialer } from '../../support/fakeTunnel.ts';
import { never } from '../../support/never.ts';
import { readToClose, socketPair } from '../../support/socketPair.ts';
import { settle } from '../../support/spdyBytes.ts';
import { SpdyTransport } from '../../support/spdyTransport.ts';

const address: BoundAddress = { address: '127.0.0.1', localPort: 8080, remotePort: 80 };

class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly events: ForwardEvent[] = [];
  readonly counts = new ConnectionCounts();
  readonly pool: TunnelPool;
  readonly forward: ConnectionCarrier;

  private constructor(dialer: Dialer, options: Partial<ForwardOptions>) {
    const { clock, counts } = this;
    this.pool = new TunnelPool({ dialer, pod: { namespace: 'demo', name: 'web' }, clock });
    this.forward = new ConnectionCarrier({
      pool: this.pool,
      pod: 'web',
      clock,
      counts,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  static async open(dialer: Dialer, options: Partial<ForwardOptions> = {}): Promise<Bench> {
    const bench = new Bench(dialer, options);
    await bench.pool.open(never);
    return bench;
  }

  /** Connects a new local client to the forward, and returns the client's socket. */
  async accept(): Promise<FakeSocket> {
    const socket = new FakeSocket();
    this.forward.accept(socket.asSocket, address);
    await settle();
    return socket;
  }

  /** Returns the events that report the end of a connection, so far. */
  ended() {
    return this.events.filter((event) => event.type === 'connectionEnded');
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forward.close();
    this.pool.dispose();
    assert.equal(this.clock.pending, 0);
    assert.equal(this.counts.counters.open, 0);
  }
}

/** Returns a dialer of SPDY tunnels, and the fake transports that carry the tunnels. */
function spdyDialer(wrap: (transport: SpdyTransport) => Tunnel) {
  const transports: SpdyTransport[] = [];
  const dialer: Dialer = {
    dial() {
      const transport = new SpdyTransport();
      transports.push(transport);
      return Promise.resolve(wrap(transport));
    },
  };
  return { dialer, transports };
}

suite('a new connection through an open tunnel, whose client speaks first,', () => {
  const wraps: Record<string, (transport: SpdyTransport) => Tunnel> = {
    spdy: (transport) => new SpdyTunnel('spdy', transport),
    websocket: (transport) =>
      new SpdyTunnel('websocket', new WebSocketStream(transport, { role: 'client', masking: 'zero' })),
  };
  for (const [name, wrap] of Object.entries(wraps)) {
    test(`costs one write on the wire: ${name}`, async () => {
      const { dialer, transports } = spdyDialer(wrap);
      await using bench = await Bench.open(dialer);
      const listener = await listen(['127.0.0.1'], [{ local: 0, remote: 80 }], (socket, at) =>
        bench.forward.accept(socket, at),
      );
      for (let round = 0; round < 3; round++) {
        const client = net.connect({ port: listener.addresses[0]?.localPort ?? 0, host: '127.0.0.1' });
        client.on('error', () => {});
        client.write('GET / HTTP/1.1\r\n\r\n');
        const writes = () => transports.flatMap((transport) => transport.writes);
        while (writes().length === 0) await settle();
        assert.ok(writes()[0]?.includes('GET /'));
        assert.equal(writes().length, 1);
        client.destroy();
        // Waits for the second write, which carries the client's FIN.
        while (writes().length < 2) await settle();
        for (const transport of transports) transport.takeSent();
      }
      listener.dispose();
    });

    test(`passes its payload in both directions without a copy: ${name}`, async () => {
      const { dialer, transports } = spdyDialer(wrap);
      await using bench = await Bench.open(dialer);
      const socket = new FakeSocket();
      bench.forward.accept(socket.asSocket, address);
      const request = Buffer.alloc(30_000, 'x');
      socket.deliver(request);
      await settle();
      const [transport] = transports;
      assert.ok(transport !== undefined);
      assert.ok(transport.chunks.some((chunk) => chunk.buffer === request.buffer && chunk.length === 30_000));
      const spdyFrame = Buffer.concat([Buffer.from('0000000300007530', 'hex'), Buffer.alloc(30_000, 'y')]);
      const bytes = name === 'spdy' ? spdyFrame : Buffer.concat([Buffer.from('827e7538', 'hex'), spdyFrame]);
      transport.deliver(bytes);
      await settle();
      assert.equal(socket.sent.length, 30_000);
      assert.ok(socket.chunks.every((chunk) => chunk.buffer === bytes.buffer));
      socket.destroy();
      await settle();
    });
  }
});

suite('one connection', () => {
  test('is reported, and counted while it lives and after', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const socket = await bench.accept();
    socket.deliver(Buffer.from('hello'));
    await settle();
    assert.deepEqual(bench.events, [{ type: 'connection', connection: 1, address }]);
    const counters = { open: 1, total: 1, failed: 0, bytesSent: 5, bytesReceived: 0 };
    assert.deepEqual(bench.counts.counters, counters);
    const pod = dialer.tunnels[0]?.connections[0];
    assert.equal(pod?.port, 80);
    pod?.data.deliver(Buffer.from('hi'));
    pod?.confirm();
    pod?.data.push(null);
    socket.push(null);
    await settle();
    assert.deepEqual(bench.events[1], {
      type: 'connectionEnded',
      connection: 1,
      address,
      bytesSent: 5,
      bytesReceived: 2,
    });
    assert.deepEqual(bench.counts.counters, { ...counters, open: 0, bytesReceived: 2 });
  });

  test('that fails is reported with its reason and ends alone', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const [failing, other] = [await bench.accept(), await bench.accept()];
    dialer.tunnels[0]?.connections[0]?.confirm('connection refused');
    await settle();
    assert.ok(failing.isReset && !other.destroyed);
    const [ended] = bench.ended();
    assert.equal(ended?.error?.code, 'PORT_CLOSED');
    assert.equal(ended?.error?.message, 'nothing listens on port 80 in pod web (connection refused)');
    assert.equal(bench.counts.counters.failed, 1);
    await bench.accept();
    assert.equal(dialer.tunnels[0]?.connections.length, 2, 'its tunnel is free again');
  });

  test('whose client leaves is no failure and frees its tunnel', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const { client, accepted } = await socketPair();
    bench.forward.accept(accepted, address);
    await settle();
    client.resetAndDestroy();
    await new Promise<void>((resolve) => accepted.once('close', () => resolve()));
    await settle();
    assert.deepEqual(bench.types(), ['connection', 'connectionEnded']);
    assert.equal(bench.counts.counters.failed, 0);
    assert.ok(dialer.tunnels[0]?.connections[0]?.isDisposed);
  });

  test('whose tunnel ends between its choice and its use fails with that reason', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const socket = new FakeSocket();
    bench.forward.accept(socket.asSocket, address);
    const [tunnel] = dialer.tunnels;
    assert.ok(tunnel !== undefined);
    tunnel.isClosing = true;
    await settle();
    const [ended] = bench.ended();
    assert.ok(isCoded(ended?.error, 'LOST_CONNECTION_TO_SERVER'));
    assert.ok(socket.isReset);
  });
});

suite('connections that wait', () => {
  async function waiting(options: Partial<ForwardOptions> = {}) {
    const dialer = new FakeDialer();
    dialer.isWilling = false;
    const opening = Bench.open(dialer, options);
    dialer.succeed();
    const bench = await opening;
    await bench.accept();
    // Makes the first connection a large transfer. A new connection waits for the next tunnel rather than share this
    // one.
    dialer.tunnels[0]?.connections[0]?.data.deliver(Buffer.alloc(100_000));
    await settle();
    const socket = await bench.accept();
    assert.deepEqual(bench.types(), ['connection']);
    return { dialer, bench, socket };
  }

  test('give up their turn when their client leaves', async () => {
    const { dialer, bench, socket } = await waiting();
    await using _ = bench;
    socket.destroy();
    await settle();
    assert.deepEqual(bench.types(), ['connection', 'connection', 'connectionEnded']);
    assert.equal(bench.counts.counters.failed, 0);
    const tunnel = dialer.succeed();
    await settle();
    assert.deepEqual(tunnel.connections, []);
  });

  test('are reset at the end', async () => {
    const { bench, socket } = await waiting();
    await using _ = bench;
    await bench.forward.close();
    assert.ok(socket.isReset);
  });

  test('are given back unread if somebody takes them', async () => {
    const handed: Socket[] = [];
    const takeBack = (socket: Socket) => handed.push(socket);
    const { bench, socket } = await waiting({ requeue: takeBack });
    await using _ = bench;
    bench.forward.handBack();
    await settle();
    assert.deepEqual(handed, [socket.asSocket]);
    assert.ok(!socket.destroyed);
    assert.equal(socket.listenerCount('close'), 0);
    assert.deepEqual(bench.types(), ['connection']);
    socket.destroy();
  });

  test('get the reason why there is no tunnel for them', async () => {
    const { dialer, bench, socket } = await waiting();
    await using _ = bench;
    dialer.tunnels[0]?.lose();
    await settle();
    const refused = new CodedError('UNREACHABLE', { server: 'it', reason: 'gone' });
    while (dialer.pending > 0) {
      dialer.fail(refused);
      await settle();
    }
    assert.ok(bench.ended().some(({ error }) => error === refused));
    assert.ok(socket.isReset);
  });
});

suite('its end', () => {
  test('resets every client and waits for each', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const { client, accepted } = await socketPair();
    bench.forward.accept(accepted, address);
    const ending = readToClose(client);
    await settle();
    await bench.forward.close();
    assert.deepEqual(bench.types(), ['connection', 'connectionEnded']);
    assert.equal(bench.counts.counters.failed, 0);
    assert.ok((await ending).error !== undefined);
  });

  test('does not wait for the reason of a failure', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    await bench.accept();
    dialer.tunnels[0]?.connections[0]?.data.destroy(new Error('stream reset'));
    await settle();
    assert.deepEqual(bench.types(), ['connection']);
    await bench.forward.close();
    assert.deepEqual(bench.types(), ['connection', 'connectionEnded']);
  });

  test('closes a later connection', async () => {
    await using bench = await Bench.open(new FakeDialer());
    await bench.forward.close();
    const socket = new FakeSocket();
    bench.forward.accept(socket.asSocket, address);
    assert.ok(socket.destroyed);
    assert.deepEqual(bench.events, []);
  });

  test('draining waits for the carried connections', async () => {
    const dialer = new FakeDialer();
    await using bench = await Bench.open(dialer);
    const socket = await bench.accept();
    let isDrained = false;
    bench.pool.drain();
    const drained = bench.forward.drain().then(() => {
      isDrained = true;
    });
    await settle();
    assert.ok(!isDrained && !socket.destroyed);
    socket.destroy();
    await drained;
    assert.deepEqual(bench.types(), ['connection', 'connectionEnded']);
  });
});
