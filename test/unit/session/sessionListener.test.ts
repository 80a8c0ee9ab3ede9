import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { test } from 'node:test';
import type { BoundAddress } from '../../../src/kinds/ports.ts';
import { Arrivals } from '../../../src/session/arrivals.ts';
import { SessionListener, type SessionListenerOptions } from '../../../src/session/sessionListener.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { fieldOf } from '../../support/fields.ts';

interface End {
  after(end: () => void): void;
}

/** A session's listener, together with the object that receives its connections, as in a real session. */
class Ports {
  readonly arrivals: Arrivals;
  readonly listener: SessionListener;

  constructor(arrivals: Arrivals, options: SessionListenerOptions) {
    this.arrivals = arrivals;
    this.listener = new SessionListener(options);
  }

  get addresses(): readonly BoundAddress[] {
    return this.listener.bound.map(({ address, index }) => this.arrivals.withRemotePort(address, index));
  }

  get waitingCount(): number {
    return this.arrivals.waitingCount;
  }

  async bind(): Promise<void> {
    await this.listener.bind();
    this.arrivals.open();
  }

  async attach(...attachment: Parameters<Arrivals['attach']>) {
    await this.bind();
    const { dispose } = this.arrivals.attach(...attachment);
    return { addresses: this.addresses, dispose };
  }

  release(): void {
    this.listener.release();
    this.arrivals.dispose();
  }

  dispose(): void {
    this.listener.dispose();
    this.arrivals.dispose();
  }
}

const exactly = (...ports: readonly number[]) => ports.map((port) => ({ mode: 'exact', port }) as const);

function listenerFor(test: End, more: Partial<SessionListenerOptions> = {}) {
  const clock = new FakeClock();
  const expired: BoundAddress[] = [];
  const arrivals = new Arrivals({
    limitMs: 10_000,
    clock,
    onExpired: (address) => expired.push(address),
  });
  const listener = new Ports(arrivals, {
    addresses: ['127.0.0.1'],
    localPorts: exactly(0),
    clock,
    onConnection: (socket, address, index) => arrivals.add(socket, address, index),
    onBound: () => {},
    ...more,
  });
  test.after(() => listener.dispose());
  return { listener, clock, expired, arrivals };
}

function connect(test: End, port: number): Socket {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  test.after(() => socket.destroy());
  return socket;
}

/** Waits for the end of a connection. Unlike `once` of `node:events`, does not reject when the connection is reset. */
function closing(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

async function portTaken(test: End): Promise<{ port: number; close(): void }> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

test('connections go to the current borrower with its remote port, and wait without one', async (t) => {
  const { listener } = listenerFor(t);
  await listener.bind();
  const port = listener.addresses[0]?.localPort ?? 0;
  const seen: string[] = [];
  const borrow = (name: string, remote: number) =>
    listener.attach([{ local: 0, remote }], (socket, address) => {
      seen.push(`${name} ${address.remotePort}`);
      t.after(() => socket.destroy());
    });
  const first = await borrow('first', 80);
  assert.equal(first.addresses[0]?.remotePort, 80);
  connect(t, port);
  await eventually(() => seen.length === 1, 'not handed over');
  first.dispose();
  connect(t, port);
  connect(t, port);
  await eventually(() => listener.waitingCount === 2, 'not waiting');
  const second = await borrow('second', 8080);
  assert.deepEqual(seen, ['first 80', 'second 8080', 'second 8080']);
  first.dispose();
  connect(t, port);
  await eventually(() => seen.length === 4, 'an attachment returned twice took another away');
  second.dispose();
});

test('connections that are taken back wait for the next borrower without losing a byte', async (t) => {
  const { listener } = listenerFor(t);
  const first = await listener.attach([{ local: 0, remote: 80 }], (socket) => {
    first.dispose();
    listener.arrivals.requeue(socket);
  });
  const client = connect(t, listener.addresses[0]?.localPort ?? 0);
  client.write('early');
  await eventually(() => listener.waitingCount === 1, 'not waiting');
  const served = Promise.withResolvers<Socket>();
  await listener.attach([{ local: 0, remote: 81 }], (socket, address) => {
    assert.equal(address.remotePort, 81);
    served.resolve(socket);
  });
  assert.equal(String((await once(await served.promise, 'data'))[0]), 'early');
});

test('a connection that waits too long is reset and named, and one that leaves is forgotten', async (t) => {
  const { listener, clock, expired } = listenerFor(t);
  await listener.bind();
  const port = listener.addresses[0]?.localPort ?? 0;
  const patient = connect(t, port);
  await eventually(() => listener.waitingCount === 1, 'not waiting');
  clock.advance(9_999);
  assert.equal(expired.length, 0);
  const closed = closing(patient);
  clock.advance(1);
  await closed;
  assert.equal(expired[0]?.localPort, port);
  const leaving = connect(t, port);
  await eventually(() => listener.waitingCount === 1, 'not waiting');
  leaving.resetAndDestroy();
  await eventually(() => listener.waitingCount === 0, 'still waiting');
  assert.equal(clock.pending, 0);
  assert.equal(expired.length, 1);
});

test('a connection that waits too long is named with the remote port that its local port had last', async (t) => {
  const { listener, clock, expired } = listenerFor(t, { localPorts: exactly(0, 0) });
  const pairs = [80, 443].map((remote) => ({ local: 0, remote }));
  (await listener.attach(pairs, (socket) => socket.destroy())).dispose();
  connect(t, listener.addresses[1]?.localPort ?? 0);
  await eventually(() => listener.waitingCount === 1, 'not waiting');
  clock.advance(10_000);
  assert.deepEqual(fieldOf(expired, 'remotePort'), [443]);
});

test('each of several ports leads to its own remote port', async (t) => {
  const { listener } = listenerFor(t, { localPorts: exactly(0, 0) });
  const seen = new Map<number, number>();
  const pairs = [80, 443].map((remote) => ({ local: 0, remote }));
  const attachment = await listener.attach(pairs, (socket, { localPort, remotePort }) => {
    seen.set(localPort, remotePort);
    t.after(() => socket.destroy());
  });
  assert.deepEqual(fieldOf(attachment.addresses, 'remotePort'), [80, 443]);
  for (const { localPort } of attachment.addresses) connect(t, localPort);
  await eventually(() => seen.size === 2, 'not handed over');
  for (const { localPort, remotePort } of attachment.addresses) assert.equal(seen.get(localPort), remotePort);
});

test('a taken port is refused if exact, and replaced by another if preferred', async (t) => {
  const { port } = await portTaken(t);
  const exact = listenerFor(t, { localPorts: exactly(port) }).listener;
  await assert.rejects(exact.bind(), coded('PORT_IN_USE'));
  assert.deepEqual(exact.addresses, []);
  const preferred = listenerFor(t, { localPorts: [{ mode: 'preferred', port }] }).listener;
  await preferred.bind();
  assert.notEqual(preferred.addresses[0]?.localPort, port);
});

test('several ports are bound together or not at all', async (t) => {
  const taken = await portTaken(t);
  const free = await portTaken(t);
  free.close();
  const { listener } = listenerFor(t, { localPorts: exactly(free.port, taken.port) });
  await assert.rejects(listener.bind(), coded('PORT_IN_USE'));
  const again = listenerFor(t, { localPorts: exactly(free.port) }).listener;
  await again.bind();
});

test('a port whose holder is about to end is waited for', async (t) => {
  const { port, close } = await portTaken(t);
  const { listener, clock } = listenerFor(t, { localPorts: exactly(port), busyPortTimeoutMs: 2_000 });
  const bound = listener.bind();
  await eventually(() => clock.pending === 1, 'does not wait');
  close();
  clock.advance(50);
  await bound;
  assert.equal(listener.addresses[0]?.localPort, port);
});

test('a released listener can be bound again, and a disposed one cannot', async (t) => {
  const { listener } = listenerFor(t);
  await listener.bind();
  const port = listener.addresses[0]?.localPort ?? 0;
  const client = connect(t, port);
  await eventually(() => listener.waitingCount === 1, 'not waiting');
  const closed = closing(client);
  listener.release();
  await closed;
  assert.deepEqual(listener.addresses, []);
  await listener.bind();
  assert.equal(listener.addresses.length, 1);
  const binding = listener.bind();
  listener.dispose();
  await binding;
  await assert.rejects(listener.bind(), coded('STOPPED'));
});

test('a listener released while it is being bound leaves nothing behind', async (t) => {
  const { port, close } = await portTaken(t);
  const { listener, clock } = listenerFor(t, { localPorts: exactly(port), busyPortTimeoutMs: 2_000 });
  const bound = listener.bind();
  await eventually(() => clock.pending === 1, 'does not wait');
  listener.dispose();
  await assert.rejects(bound, coded('STOPPED'));
  close();
  assert.equal(clock.pending, 0);
  const again = listenerFor(t, { localPorts: exactly(port) }).listener;
  await again.bind();
});

test('connections from elsewhere go to the port that they name, and are turned away when nobody will serve them', async (t) => {
  const { arrivals } = listenerFor(t);
  const turnedAway: number[] = [];
  const other = new Arrivals({
    limitMs: 10_000,
    clock: new FakeClock(),
    onExpired: () => assert.fail('expired'),
    onTurnedAway: (socket, { remotePort }) => {
      turnedAway.push(remotePort);
      socket.destroy();
    },
  });
  const at = (remotePort: number) => ({ address: '127.0.0.1', localPort: 8900, remotePort });
  const seen: number[] = [];
  const attachment = arrivals.attach([], (socket, { remotePort }) => {
    seen.push(remotePort);
    socket.destroy();
  });
  arrivals.add(new net.Socket(), at(8080));
  arrivals.add(new net.Socket(), at(5432));
  assert.deepEqual(seen, [8080, 5432]);
  attachment.dispose();
  other.add(new net.Socket(), at(1));
  assert.equal(other.waitingCount, 1);
  other.dispose();
  other.add(new net.Socket(), at(2));
  assert.deepEqual(turnedAway, [1, 2]);
  other.open();
  other.attach([], (socket) => socket.destroy()).dispose();
  assert.deepEqual(turnedAway, [1, 2]);
});
