import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { suite, test } from 'node:test';
import { CodedError, isCoded } from '../../../src/base/errors.ts';
import type { TransportName } from '../../../src/kinds/transports.ts';
import type { TunnelSlot } from '../../../src/portforward/pooledTunnel.ts';
import { TunnelPool } from '../../../src/portforward/tunnelPool.ts';
import { coded } from '../../support/coded.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeDialer, type FakePodConnection, FakeTunnel } from '../../support/fakeTunnel.ts';
import { fieldOf } from '../../support/fields.ts';
import { never } from '../../support/never.ts';
import { settle } from '../../support/spdyBytes.ts';

const pod = { namespace: 'demo', name: 'web' };
/**
 * A connection that has received this many bytes counts as a large transfer, whose tunnel no other connection shares.
 */
const BULK_BYTES = 100_000;
const LASTING_NEED_MS = 150;

/** A pool under test. Records which tunnels were lost. */
class Bench implements Disposable {
  readonly clock = new FakeClock();
  readonly dialer: FakeDialer;
  readonly pool: TunnelPool;
  readonly lost: CodedError[] = [];
  readonly lostAll: unknown[] = [];
  transport: TransportName | undefined;

  private constructor(dialer: FakeDialer, redials?: boolean) {
    this.dialer = dialer;
    const { clock } = this;
    this.pool = new TunnelPool({ dialer, pod, clock, ...(redials !== undefined && { redials }) });
    this.pool.onDidLoseTunnel((error) => this.lost.push(error));
    this.pool.onDidLoseAll((error) => this.lostAll.push(error));
  }

  /** Opens a pool. Waits until its first tunnel and its spare tunnel are open. */
  static async open({ dialer = new FakeDialer(), redials }: { dialer?: FakeDialer; redials?: boolean } = {}) {
    const bench = new Bench(dialer, redials);
    bench.transport = await bench.pool.open(never);
    await settle();
    return bench;
  }

  /** Begins to open a pool. Each tunnel opens only when the test calls `succeed`. */
  static begin(signal = never) {
    const bench = new Bench(new FakeDialer());
    bench.dialer.isWilling = false;
    return { bench, opening: bench.pool.open(signal) };
  }

  /** Opens a connection through the pool. Returns the connection with its slot and its tunnel. */
  async connect(): Promise<Connection> {
    const slot = await this.pool.takeSlot(never);
    await settle();
    return this.use(slot);
  }

  use(slot: TunnelSlot): Connection {
    const connection = slot.open(80) as FakePodConnection;
    const tunnel = this.dialer.tunnels.find(({ connections }) => connections.includes(connection));
    assert.ok(tunnel !== undefined);
    return { slot, tunnel, connection };
  }

  /** Opens `count` connections one after the other. Calls `withEach` for each of them before it opens the next one. */
  async connectTimes(
    count: number,
    withEach?: (connection: Connection, index: number) => void | Promise<void>,
  ): Promise<Connection[]> {
    const connections: Connection[] = [];
    for (let index = 0; index < count; index++) {
      const connection = await this.connect();
      connections.push(connection);
      await withEach?.(connection, index);
    }
    return connections;
  }

  /** Opens `count` connections with large transfers. Such connections share no tunnel, so each has a separate one. */
  hold(count: number): Promise<Connection[]> {
    return this.connectTimes(count, ({ slot }) => slot.addReceived(BULK_BYTES));
  }

  /** Like `hold`. Leaves the pool with a spare tunnel that opens only when the test calls `succeed`. */
  async fill(count: number): Promise<Connection[]> {
    const connections = await this.hold(count - 1);
    this.dialer.isWilling = false;
    connections.push(...(await this.hold(1)));
    await this.advance(LASTING_NEED_MS);
    assert.equal(this.dialer.pending, 1);
    return connections;
  }

  /** Asks for a slot for a connection. The returned object gets the slot or the error as soon as there is one. */
  ask(signal = never): Asked {
    const asked: Asked = { slot: undefined, error: undefined };
    this.pool.takeSlot(signal).then(
      (slot) => {
        asked.slot = slot;
      },
      (error: unknown) => {
        asked.error = error;
      },
    );
    return asked;
  }

  /** Opens a connection in a slot that `ask` has got. */
  given({ slot }: Asked): Connection {
    assert.ok(slot !== undefined);
    return this.use(slot);
  }

  /** Opens the tunnel that has been dialed for the longest time. */
  async succeed(): Promise<FakeTunnel> {
    const tunnel = this.dialer.succeed();
    await settle();
    return tunnel;
  }

  /** Refuses all tunnels that are being dialed, and those that the pool dials in response. */
  async refuse(error?: CodedError): Promise<void> {
    while (this.dialer.pending > 0) {
      this.dialer.fail(error);
      await settle();
    }
  }

  /** Breaks tunnels. Optional, default all open tunnels. */
  async lose(tunnels: readonly (FakeTunnel | undefined)[] = this.dialer.open, error?: CodedError) {
    for (const tunnel of tunnels) tunnel?.lose(error);
    await settle();
  }

  async advance(byMs: number): Promise<void> {
    this.clock.advance(byMs);
    await settle();
  }

  /** Advances the clock. Every open tunnel answers its pings meanwhile, so that none is lost. */
  async live(forMs: number): Promise<void> {
    for (let passed = 0; passed < forMs; passed += 1_000) {
      this.clock.advance(Math.min(1_000, forMs - passed));
      for (const tunnel of this.dialer.open) tunnel.answer();
      await settle();
    }
  }

  [Symbol.dispose](): void {
    this.pool.dispose();
    assert.deepEqual(this.dialer.open, [], 'a disposed pool has no open tunnel');
    assert.equal(this.clock.pending, 0, 'a disposed pool has no timer');
  }
}

interface Connection {
  readonly slot: TunnelSlot;
  readonly tunnel: FakeTunnel;
  readonly connection: FakePodConnection;
}

interface Asked {
  slot: TunnelSlot | undefined;
  error: unknown;
}

/** Makes a connection a large download whose client has stopped reading, so that its tunnel is paused. */
function stall({ slot, tunnel }: Connection): void {
  slot.addReceived(BULK_BYTES);
  slot.setStalled(true);
  tunnel.pause();
}

/** When the pool evicts the connection, ends it, as its pump would. Returns the reasons of evictions. */
function endOnEviction({ slot, tunnel }: Connection): CodedError[] {
  const reasons: CodedError[] = [];
  slot.onEvict = (error) => {
    reasons.push(error);
    tunnel.pause(false);
    queueMicrotask(() => slot.dispose());
  };
  return reasons;
}

/**
 * Opens connections that share tunnels. Returns the first one, a neighbour in the same tunnel, and the list in which
 * the reason appears if the first one is evicted.
 */
async function shareTunnels(bench: Bench) {
  const [first, ...others] = await bench.connectTimes(16);
  const neighbour = others.slice(7).find(({ tunnel }) => tunnel === first?.tunnel);
  assert.ok(first !== undefined && neighbour !== undefined);
  return { first, neighbour, reasons: endOnEviction(first) };
}

function distinct(connections: readonly Connection[]): number {
  return new Set(connections.map(({ tunnel }) => tunnel)).size;
}

suite('opening', () => {
  test('dials one tunnel, reports its transport, and dials a spare before the first connection', async () => {
    using bench = await Bench.open({ dialer: new FakeDialer(() => new FakeTunnel('websocket')) });
    assert.equal(bench.transport, 'websocket');
    assert.equal(bench.pool.size, 2);
    await bench.connectTimes(2);
    assert.equal(bench.dialer.dials, 2);
  });

  test('rejects with a refusal, and nothing is tried again', async () => {
    const { bench, opening } = Bench.begin();
    using _ = bench;
    const refused = new CodedError('POD_NOT_FOUND', { name: 'web', namespace: 'demo' });
    bench.dialer.fail(refused);
    await assert.rejects(opening, refused);
    assert.equal(bench.dialer.dials, 1);
    assert.deepEqual(bench.lostAll, []);
  });

  test('ends its dial at an abort', async () => {
    const abort = new AbortController();
    const { bench, opening } = Bench.begin(abort.signal);
    using _ = bench;
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(opening, reason);
    assert.ok(bench.dialer.signals[0]?.aborted);
  });

  test("closes a tunnel that arrives after the pool's end", async () => {
    const { bench, opening } = Bench.begin();
    const tunnel = bench.dialer.succeed();
    bench.pool.dispose();
    await opening.catch(() => {});
    assert.ok(tunnel.isDisposed);
    bench[Symbol.dispose]();
  });
});

suite('a tunnel to itself', () => {
  test('is free for the next connection when one ends', async () => {
    using bench = await Bench.open();
    const [first, second] = await bench.connectTimes(2);
    assert.notEqual(first?.tunnel, second?.tunnel);
    first?.slot.dispose();
    first?.slot.dispose();
    assert.equal((await bench.connect()).tunnel, first?.tunnel);
    assert.equal(bench.dialer.dials, 2);
  });

  test("is free after the client's FIN, whenever the pod's FIN arrives", async () => {
    using bench = await Bench.open();
    await bench.connectTimes(200, async ({ slot }, index) => {
      slot.addReceived(100);
      slot.setLingering();
      if (index % 2 === 1) await bench.advance(20);
    });
    assert.equal(bench.dialer.dials, 2);
  });

  test('is chosen last if a client waits in it for the answer after its FIN', async () => {
    using bench = await Bench.open();
    const first = await bench.connect();
    first.slot.setLingering();
    const second = await bench.connect();
    assert.notEqual(second.tunnel, first.tunnel);
    first.slot.addReceived(100);
    second.slot.dispose();
    assert.equal((await bench.connect()).tunnel, first.tunnel);
  });

  test('stays with a stalled connection, also after its FIN', async () => {
    using bench = await Bench.open();
    const first = await bench.connect();
    first.slot.setStalled(true);
    first.slot.setLingering();
    const [second, third] = [await bench.connect(), await bench.connect()];
    assert.ok(second.tunnel !== first.tunnel && third.tunnel !== first.tunnel);
    first.slot.setStalled(false);
    assert.equal((await bench.connect()).tunnel, first.tunnel);
  });

  test('goes to each long-lived connection, and a spare is ready for the next', async () => {
    using bench = await Bench.open();
    const connections: Connection[] = [];
    for (let index = 0; index < 20; index++) {
      const connection = await bench.connect();
      connection.slot.addReceived(100);
      connections.push(connection);
      await bench.live(1_200);
      assert.equal(distinct(connections), connections.length);
      assert.ok(bench.pool.size > connections.length, 'no spare');
    }
  });

  test('goes to an answered connection that stays open while the pool can grow', async () => {
    using bench = await Bench.open();
    const kept = await bench.connect();
    kept.slot.addReceived(100);
    await bench.hold(1);
    const asked = bench.ask();
    await bench.advance(19);
    assert.equal(asked.slot, undefined);
    await bench.advance(1);
    assert.notEqual(bench.given(asked).tunnel, kept.tunnel);
    assert.equal(bench.dialer.dials, 3);
  });

  test('is not given to a burst, which shares with just-answered connections and not with lasting ones', async () => {
    using bench = await Bench.open();
    bench.dialer.isWilling = false;
    const kept = await bench.connect();
    kept.slot.addReceived(100);
    await bench.advance(1_000);
    const answered = await bench.connect();
    answered.slot.addReceived(100);
    const asked = [1, 2, 3].map(() => bench.ask());
    await settle();
    assert.ok(asked.every(({ slot }) => slot === undefined));
    asked.push(bench.ask());
    await settle();
    for (const place of asked) assert.equal(bench.given(place).tunnel, answered.tunnel);
  });

  test('is shared with a connection whose client closes in time', async () => {
    using bench = await Bench.open();
    bench.dialer.isWilling = false;
    const closing = await bench.connect();
    await bench.hold(1);
    closing.slot.addReceived(100);
    const asked = bench.ask();
    await bench.advance(5);
    assert.equal(asked.slot, undefined);
    closing.slot.setLingering();
    await settle();
    assert.equal(bench.given(asked).tunnel, closing.tunnel);
    assert.equal(bench.dialer.dials, 2);
  });

  test('is waited for no longer than two seconds if a dial hangs', async () => {
    using bench = await Bench.open();
    const tunnels = (await bench.fill(2)).map(({ tunnel }) => tunnel);
    const asked = [bench.ask(), bench.ask(), bench.ask()];
    await bench.advance(1_999);
    assert.ok(asked.every(({ slot }) => slot === undefined));
    await bench.advance(1);
    const shared = new Set(asked.map(({ slot }) => slot && bench.use(slot).tunnel));
    assert.deepEqual(shared, new Set(tunnels));
  });

  test('is not needed by a transport that shares nothing', async () => {
    using bench = await Bench.open({ dialer: new FakeDialer(() => new FakeTunnel('channel', false)) });
    const connections = await bench.connectTimes(100);
    assert.equal(distinct(connections), 1);
    await bench.live(60_000);
    assert.equal(bench.pool.size, 1);
  });
});

suite('sharing', () => {
  test('serves a burst at once, evenly, in the order of arrival', async () => {
    using bench = await Bench.open();
    bench.dialer.isWilling = false;
    const order: number[] = [];
    const arrivals = Array.from({ length: 200 }, (_, index) => index);
    const takeAndOpen = async (index: number) => {
      const slot = await bench.pool.takeSlot(never);
      order.push(index);
      slot.open(80);
    };
    await Promise.all(arrivals.map(takeAndOpen));
    assert.deepEqual(order, arrivals);
    const [first, second, ...others] = bench.dialer.tunnels;
    assert.deepEqual([first?.connections.length, second?.connections.length, others], [100, 100, []]);
    assert.equal(bench.dialer.dials, 2);
  });

  test('lets the pool grow behind a burst, one dial at a time, to eight', async () => {
    using bench = await Bench.open();
    bench.dialer.isWilling = false;
    await bench.connectTimes(50);
    await bench.advance(LASTING_NEED_MS - 1);
    assert.equal(bench.dialer.dials, 2);
    await bench.advance(1);
    for (let size = 3; size <= 8; size++) {
      assert.equal(bench.dialer.dials, size);
      await bench.advance(1_000);
      assert.equal(bench.dialer.dials, size);
      await bench.succeed();
      await bench.connectTimes(10);
      await bench.live(LASTING_NEED_MS);
    }
    await bench.live(10_000);
    await bench.connectTimes(50);
    assert.equal(bench.dialer.dials, 8);
  });

  test('lets the pool grow only while the need lasts', async () => {
    using bench = await Bench.open();
    for (let round = 0; round < 20; round++) {
      const connections = await bench.connectTimes(10);
      await bench.advance(LASTING_NEED_MS - 1);
      for (const { slot } of connections) slot.dispose();
    }
    assert.equal(bench.dialer.dials, 2);
  });

  test('gives the next connections to a new tunnel until it is as full as the others', async () => {
    using bench = await Bench.open();
    await bench.connectTimes(20);
    await bench.advance(LASTING_NEED_MS);
    assert.equal(distinct(await bench.connectTimes(10)), 1);
    assert.equal(distinct(await bench.connectTimes(3)), 3);
  });

  test('never uses a paused tunnel, nor one with a stalled connection', async () => {
    using bench = await Bench.open();
    const [first, second] = await bench.connectTimes(2);
    first?.tunnel.pause();
    for (const { tunnel } of await bench.connectTimes(5)) assert.equal(tunnel, second?.tunnel);
    first?.tunnel.pause(false);
    second?.slot.setStalled(true);
    for (const { tunnel } of await bench.connectTimes(5)) assert.equal(tunnel, first?.tunnel);
  });

  test('prefers small answers to large transfers when the pool cannot grow', async () => {
    using bench = await Bench.open();
    const connections = await bench.connectTimes(32, async ({ slot }, index) => {
      slot.addReceived(index === 13 ? 100 : BULK_BYTES);
      await bench.live(1_100);
    });
    assert.equal(distinct(connections), 32);
    assert.equal((await bench.connect()).tunnel, connections[13]?.tunnel);
    assert.equal(bench.dialer.dials, 32);
  });

  test('excludes a tunnel that takes no more connections, which serves its own and needs no place', async () => {
    using bench = await Bench.open();
    const connections = await bench.hold(8);
    for (const { tunnel } of connections) tunnel.isClosing = true;
    const next = await bench.connect();
    assert.ok(!connections.some(({ tunnel }) => tunnel === next.tunnel));
    assert.ok(connections.every(({ tunnel }) => !tunnel.isDisposed));
    connections[0]?.slot.dispose();
    await settle();
    assert.ok(connections[0]?.tunnel.isDisposed);
    assert.deepEqual(bench.lost, []);
  });
});

suite('slow clients', () => {
  const MIB = 1024 * 1024;

  test('alone in a tunnel get one buffer only', async () => {
    using bench = await Bench.open();
    const { slot } = await bench.connect();
    assert.equal(slot.mayHoldMore(1), false);
  });

  test('of shared tunnels get 1 MiB each and 32 MiB for the forward', async () => {
    using bench = await Bench.open();
    const [first, ...others] = await bench.connectTimes(50);
    assert.ok(first !== undefined);
    assert.equal(first.slot.mayHoldMore(MIB - 1), true);
    assert.equal(first.slot.mayHoldMore(MIB), false);
    for (const { slot } of others.slice(0, 30)) assert.equal(slot.mayHoldMore(MIB - 1), true);
    for (const { slot } of others.slice(0, 31)) slot.mayHoldMore(MIB);
    assert.equal(others[40]?.slot.mayHoldMore(1), false);
    others[0]?.slot.dispose();
    others[1]?.slot.setStalled(false);
    assert.equal(others[40]?.slot.mayHoldMore(1), true);
  });
});

suite('growth', () => {
  test('goes past eight only if there is nothing to share, and to 32 at most', async () => {
    using bench = await Bench.open();
    const connections = await bench.connectTimes(32, stall);
    await bench.advance(250);
    assert.equal(distinct(connections), 32);
    const asked = bench.ask();
    await bench.advance(5_000);
    assert.equal(asked.slot, undefined);
    assert.equal(bench.dialer.dials, 32);
    connections[5]?.slot.setStalled(false);
    connections[5]?.tunnel.pause(false);
    await settle();
    assert.equal(bench.given(asked).tunnel, connections[5]?.tunnel);
  });

  test('shrinks to two tunnels 30 s after a burst', async () => {
    using bench = await Bench.open();
    const connections: Connection[] = [];
    for (let round = 0; round < 8; round++) {
      connections.push(...(await bench.connectTimes(10)));
      await bench.advance(LASTING_NEED_MS);
    }
    assert.equal(bench.pool.size, 8);
    for (const { slot } of connections) slot.setLingering();
    await bench.live(1_000);
    for (const { slot } of connections) slot.dispose();
    await bench.live(15_000);
    assert.equal(bench.pool.size, 8);
    await bench.live(14_000);
    assert.equal(bench.pool.size, 2);
    assert.deepEqual(bench.lost, []);
    assert.equal(bench.dialer.dials, 8);
  });

  test('shrinks also during successive connections', async () => {
    using bench = await Bench.open();
    const connections = await bench.hold(8);
    for (const { slot } of connections) slot.dispose();
    for (let second = 0; second < 30; second++) {
      const { slot } = await bench.connect();
      await bench.live(1_000);
      slot.dispose();
    }
    assert.equal(bench.pool.size, 2);
  });

  test('keeps the tunnel of a long-lived connection and one free', async () => {
    using bench = await Bench.open();
    const [kept, ...others] = await bench.hold(8);
    for (const { slot } of others) slot.dispose();
    await bench.live(400_000);
    assert.equal(bench.pool.size, 2);
    assert.ok(kept?.tunnel.isDisposed === false);
  });

  test('gives the spare up after 5 minutes without connections, and redials it with the next', async () => {
    using bench = await Bench.open();
    await bench.live(100_000);
    (await bench.connect()).slot.dispose();
    await bench.live(299_000);
    assert.equal(bench.pool.size, 2);
    await bench.live(1_000);
    assert.equal(bench.pool.size, 1);
    await bench.live(3_600_000);
    assert.equal(bench.pool.size, 1);
    assert.equal(bench.dialer.dials, 2);
    await bench.connect();
    assert.equal(bench.pool.size, 2);
    assert.deepEqual(bench.lost, []);
  });

  test('sets no timer for each successive connection', async () => {
    using bench = await Bench.open();
    (await bench.connect()).slot.dispose();
    const { started } = bench.clock;
    await bench.connectTimes(100, ({ slot }) => {
      slot.setLingering();
      slot.dispose();
    });
    assert.equal(bench.clock.started, started);
  });

  test('does not count a silent tunnel in use as idle', async () => {
    using bench = await Bench.open();
    const { tunnel } = await bench.connect();
    await bench.live(120_000);
    assert.ok(!tunnel.isDisposed);
  });

  test("closes a tunnel that is full of an ended connection's bytes instead of reusing it", async () => {
    using bench = await Bench.open();
    const upload = await bench.connect();
    upload.tunnel.pause();
    await bench.advance(1_000);
    upload.slot.dispose();
    assert.ok(!upload.tunnel.isDisposed);
    const next = await bench.connect();
    assert.notEqual(next.tunnel, upload.tunnel);
    await bench.advance(250);
    assert.ok(upload.tunnel.isDisposed);
    assert.deepEqual(bench.lost, []);
  });

  test('reuses such a tunnel if the bytes are taken in time', async () => {
    using bench = await Bench.open();
    const upload = await bench.connect();
    upload.tunnel.pause();
    upload.slot.dispose();
    await bench.advance(100);
    upload.tunnel.pause(false);
    await bench.advance(1_000);
    assert.ok(!upload.tunnel.isDisposed);
    assert.equal((await bench.connect()).tunnel, upload.tunnel);
  });
});

suite('loss', () => {
  test('of a tunnel is reported and the tunnel replaced, and the others continue', async () => {
    using bench = await Bench.open();
    await bench.live(2_000);
    const [first, second] = await bench.connectTimes(2);
    assert.ok(first !== undefined && second !== undefined);
    const error = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'reset' });
    await bench.lose([first.tunnel], error);
    assert.deepEqual(bench.lost, [error]);
    assert.ok(first.connection.data.destroyed);
    assert.ok(!second.connection.data.destroyed && !second.tunnel.isDisposed);
    assert.equal(bench.pool.size, 2);
    first.slot.dispose();
    await bench.connect();
    assert.deepEqual(bench.lostAll, []);
  });

  test('of the last tunnel leads to a dial, whose failure ends the pool with the reason for waiters', async () => {
    using bench = await Bench.open();
    await bench.live(2_000);
    bench.dialer.isWilling = false;
    for (const tunnel of bench.dialer.open) tunnel.lose();
    assert.ok(bench.dialer.pending > 0);
    const asked = bench.ask();
    await settle();
    const refused = new CodedError('POD_NOT_FOUND', { name: 'web', namespace: 'demo' });
    while (bench.dialer.pending > 0) {
      assert.deepEqual(bench.lostAll, []);
      bench.dialer.fail(refused);
      await settle();
    }
    assert.deepEqual(bench.lostAll, [refused]);
    assert.equal(asked.error, refused);
    assert.ok(bench.pool.isLost);
    await assert.rejects(bench.pool.takeSlot(never), coded('STOPPED'));
  });

  test('of the last tunnel leads to a dial, whose success serves the waiters', async () => {
    using bench = await Bench.open();
    await bench.live(2_000);
    bench.dialer.isWilling = false;
    for (const tunnel of bench.dialer.open) tunnel.lose();
    const asked = bench.ask();
    await bench.succeed();
    assert.ok(asked.slot !== undefined);
    assert.deepEqual(bench.lostAll, []);
  });

  test('of the last tunnel is the end without redials', async () => {
    using bench = await Bench.open({ redials: false });
    await bench.live(2_000);
    await bench.connect();
    const [first, second] = bench.dialer.open;
    bench.dialer.isWilling = false;
    await bench.lose([second]);
    assert.deepEqual(bench.lostAll, []);
    const { dials } = bench.dialer;
    await bench.lose([first]);
    assert.equal(bench.lostAll.length, 1);
    assert.ok(isCoded(bench.lostAll[0], 'LOST_CONNECTION_TO_SERVER'));
    assert.ok(first?.isDisposed);
    assert.equal(bench.dialer.dials, dials);
  });

  test('is not redialled after a final refusal, even a late one', async () => {
    const dialer = new FakeDialer(() => new FakeTunnel('channel', false));
    using bench = await Bench.open({ dialer });
    await bench.live(10_000);
    const gone = new CodedError('POD_NOT_FOUND', { name: 'web', namespace: 'demo' });
    await bench.lose(undefined, gone);
    assert.deepEqual(bench.lostAll, [gone]);
    assert.equal(dialer.dials, 1);
  });

  test('includes a peer that closes properly', async () => {
    using bench = await Bench.open();
    await bench.live(2_000);
    bench.dialer.open[0]?.dispose();
    await settle();
    assert.equal(bench.lost.length, 1);
    assert.equal(bench.pool.size, 2, 'the spare is replaced');
  });

  test('of tunnels at once does not lead to endless dials', async () => {
    using bench = await Bench.open();
    for (let round = 0; round < 20 && bench.lostAll.length === 0; round++) await bench.lose();
    assert.equal(bench.lostAll.length, 1);
    assert.ok(bench.dialer.dials < 10, `${bench.dialer.dials} dials`);
  });

  test('of new tunnels beside an older one leads to one dial a second', async () => {
    using bench = await Bench.open();
    await bench.live(10_000);
    const old = await bench.connect();
    const before = bench.dialer.dials;
    for (let second = 0; second < 10; second++) {
      for (let round = 0; round < 5; round++) {
        await bench.lose(bench.dialer.open.filter((tunnel) => tunnel !== old.tunnel));
      }
      await bench.advance(1_000);
      old.tunnel.answer();
      await settle();
    }
    const dials = bench.dialer.dials - before;
    assert.ok(dials >= 5 && dials <= 12, `${dials} dials`);
    assert.deepEqual(bench.lostAll, []);
  });

  test('comes after 10 s of silence, but not for a paused tunnel', async () => {
    using bench = await Bench.open();
    const [silent, paused] = await bench.connectTimes(2);
    assert.ok(silent !== undefined && paused !== undefined);
    paused.tunnel.pause();
    for (let second = 0; second < 10; second++) {
      assert.deepEqual(bench.lost, []);
      for (const tunnel of bench.dialer.open) if (tunnel !== silent.tunnel) tunnel.answer();
      await bench.advance(1_000);
    }
    assert.equal(bench.lost.length, 1);
    assert.match(bench.lost[0]?.message ?? '', /no response for 10 s/);
    assert.ok(silent.tunnel.isDisposed && !paused.tunnel.isDisposed);
  });
});

suite('refused growth', () => {
  test('lets waiters share the rest, and tries again after a second', async () => {
    using bench = await Bench.open();
    const [first, second] = await bench.fill(2);
    const asked = bench.ask();
    await settle();
    assert.equal(asked.slot, undefined);
    const dials = bench.dialer.dials;
    await bench.refuse();
    const { tunnel } = bench.given(asked);
    assert.ok(tunnel === first?.tunnel || tunnel === second?.tunnel);
    assert.equal(bench.dialer.dials, dials);
    await bench.advance(999);
    assert.equal(bench.dialer.dials, dials);
    await bench.advance(1);
    assert.ok(bench.dialer.dials > dials);
    assert.deepEqual(bench.lost, []);
    assert.deepEqual(bench.lostAll, []);
  });

  test('leads to ever rarer tries until one works', async () => {
    using bench = await Bench.open();
    await bench.fill(2);
    const times: number[] = [];
    for (let dials = bench.dialer.dials - 1; times.length < 8; ) {
      if (bench.dialer.dials > dials) {
        times.push(bench.clock.now());
        dials = bench.dialer.dials;
        bench.dialer.fail();
        await settle();
      }
      await bench.live(1_000);
    }
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    await bench.live(30_000);
    await bench.succeed();
    const { dials } = bench.dialer;
    await bench.hold(1);
    await bench.advance(LASTING_NEED_MS);
    bench.dialer.fail();
    await settle();
    await bench.live(1_000);
    assert.equal(bench.dialer.dials, dials + 2);
    assert.deepEqual(bench.lostAll, []);
  });

  test('ends the pool after 10 s in which no tunnel moves', async () => {
    using bench = await Bench.open();
    const connections = await bench.fill(2);
    connections.forEach(stall);
    const asked = bench.ask();
    const refused = new CodedError('UNREACHABLE', { server: 'it', reason: 'gone' });
    for (let second = 0; second < 10; second++) {
      await bench.refuse(refused);
      assert.deepEqual(bench.lostAll, []);
      await bench.live(1_000);
    }
    for (let second = 0; second < 10 && bench.lostAll.length === 0; second++) {
      await bench.refuse(refused);
      await bench.live(1_000);
    }
    assert.deepEqual(bench.lostAll, [refused]);
    assert.equal(asked.error, refused);
  });

  test('does not end the pool if a tunnel moves meanwhile', async () => {
    using bench = await Bench.open();
    const connections = await bench.fill(2);
    connections.forEach(stall);
    for (let second = 0; second < 60; second++) {
      await bench.refuse();
      if (second % 8 === 7) {
        connections[0]?.tunnel.pause(false);
        connections[0]?.tunnel.pause();
      }
      await bench.live(1_000);
    }
    assert.deepEqual(bench.lostAll, []);
  });
});

suite('eviction', () => {
  test('spares a connection that is stalled alone and needed by nobody', async () => {
    using bench = await Bench.open();
    const connection = await bench.connect();
    const reasons = endOnEviction(connection);
    stall(connection);
    await bench.live(600_000);
    await bench.connectTimes(6);
    await bench.live(600_000);
    assert.deepEqual(reasons, []);
  });

  test('spares a connection while a tunnel is on its way for the waiters', async () => {
    using bench = await Bench.open();
    const connection = await bench.connect();
    const reasons = endOnEviction(connection);
    stall(connection);
    await bench.live(120_000);
    await bench.fill(1);
    const asked = bench.ask();
    await bench.advance(1_000);
    assert.deepEqual(reasons, []);
    await bench.succeed();
    assert.ok(asked.slot !== undefined);
    assert.deepEqual(reasons, []);
  });

  test('ends the longest stalled connection after 10 s when 32 are stuck', async () => {
    using bench = await Bench.open();
    const reasons: CodedError[][] = [];
    await bench.connectTimes(32, async (connection) => {
      reasons.push(endOnEviction(connection));
      stall(connection);
      await bench.advance(250);
    });
    const asked = [bench.ask(), bench.ask()];
    await bench.live(10_000 - 32 * 250 - 1);
    assert.ok(asked.every(({ slot }) => slot === undefined));
    assert.ok(reasons.every(({ length }) => length === 0));
    await bench.advance(1);
    assert.equal(reasons[0]?.length, 1);
    assert.ok(isCoded(reasons[0]?.[0], 'STALLED'));
    assert.match(reasons[0]?.[0]?.message ?? '', /10 s/);
    // One tunnel is no longer paused, so the waiting connections share it.
    assert.ok(asked.every(({ slot }) => slot !== undefined));
    await bench.live(120_000);
    assert.equal(reasons.flat().length, 1);
  });

  test('spares connections when the waiter gives up', async () => {
    using bench = await Bench.open();
    const reasons: CodedError[][] = [];
    await bench.connectTimes(32, (connection) => {
      reasons.push(endOnEviction(connection));
      stall(connection);
    });
    await bench.advance(250);
    const abort = new AbortController();
    bench.ask(abort.signal);
    await bench.live(5_000);
    abort.abort(new CodedError('STOPPED'));
    await bench.live(120_000);
    assert.deepEqual(reasons.flat(), []);
  });

  test('ends a connection after 10 s that holds up another in its tunnel, which stays', async () => {
    using bench = await Bench.open();
    const { first, neighbour, reasons } = await shareTunnels(bench);
    const others = endOnEviction(neighbour);
    stall(first);
    await bench.live(9_999);
    assert.deepEqual(reasons, []);
    await bench.advance(1);
    assert.equal(reasons.length, 1);
    assert.deepEqual(others, []);
    assert.ok(!neighbour.tunnel.isDisposed);
  });

  test('finds a client that does not read even if it is known only later', async () => {
    using bench = await Bench.open();
    const { first, reasons } = await shareTunnels(bench);
    first.tunnel.pause();
    await bench.live(10_000);
    first.slot.setStalled(true);
    await bench.live(9_999);
    assert.deepEqual(reasons, []);
    await bench.advance(1);
    assert.equal(reasons.length, 1);
  });

  test('spares a client that reads again, however little, and begins its 10 s anew', async () => {
    using bench = await Bench.open();
    const { first, reasons } = await shareTunnels(bench);
    stall(first);
    await bench.live(8_000);
    first.slot.setStalled(false);
    first.tunnel.pause(false);
    stall(first);
    await bench.live(9_000);
    first.slot.setStalled(false);
    await bench.live(120_000);
    assert.deepEqual(reasons, []);
  });
});

suite('a better transport', () => {
  test('that is due is tried by a spare, takes the next connections, and replaces the others', async () => {
    let transport: TransportName = 'websocket';
    let isDue = false;
    const dialer = Object.assign(new FakeDialer(() => new FakeTunnel(transport)), {
      isBetterDue: (name: TransportName) => isDue && name === 'websocket',
      isBetter: (name: TransportName, other: TransportName) => name === 'spdy' && other === 'websocket',
    });
    using bench = await Bench.open({ dialer });
    const kept = await bench.connect();
    assert.equal(dialer.dials, 2);
    [transport, isDue] = ['spdy', true];
    (await bench.connect()).slot.dispose();
    assert.equal(dialer.dials, 3);
    assert.deepEqual(dialer.options.at(-1), { isSpare: true });
    assert.equal((await bench.connect()).tunnel.transport, 'spdy');
    await bench.live(20_000);
    assert.deepEqual(fieldOf(dialer.open, 'transport'), ['websocket', 'spdy', 'spdy']);
    kept.slot.dispose();
    await bench.live(20_000);
    assert.ok(kept.tunnel.isDisposed);
    assert.deepEqual(bench.lost, []);
  });

  test('is not tried while nobody uses the forward', async () => {
    const dialer = Object.assign(new FakeDialer(), { isBetterDue: () => true });
    using bench = await Bench.open({ dialer });
    await bench.live(200_000);
    assert.equal(dialer.dials, 2);
  });
});

suite('waiting', () => {
  test('rejects with the reason of an abort and leaves nothing behind', async () => {
    using bench = await Bench.open();
    await bench.fill(2);
    const abort = new AbortController();
    const asked = bench.ask(abort.signal);
    const other = bench.ask();
    assert.equal(getEventListeners(abort.signal, 'abort').length, 1);
    const reason = new Error('gone');
    abort.abort(reason);
    await settle();
    assert.equal(asked.error, reason);
    assert.equal(getEventListeners(abort.signal, 'abort').length, 0);
    await bench.succeed();
    assert.ok(other.slot !== undefined && asked.slot === undefined);
  });

  test('is refused to an aborted signal', async () => {
    using bench = await Bench.open();
    const reason = new Error('gone');
    await assert.rejects(bench.pool.takeSlot(AbortSignal.abort(reason)), reason);
    assert.equal((await bench.connect()).tunnel, bench.dialer.tunnels[0]);
  });

  test('no longer depends on the signal once the place is given', async () => {
    using bench = await Bench.open();
    const abort = new AbortController();
    await bench.pool.takeSlot(abort.signal);
    assert.equal(getEventListeners(abort.signal, 'abort').length, 0);
  });
});

suite('the end of a pool', () => {
  test('rejects the waiters, ends the dials and closes the tunnels', async () => {
    const bench = await Bench.open();
    const [first] = await bench.fill(2);
    const asked = bench.ask();
    const { signals } = bench.dialer;
    bench[Symbol.dispose]();
    await settle();
    assert.ok(isCoded(asked.error, 'STOPPED'));
    assert.ok(signals.every(({ aborted }) => aborted));
    assert.ok(first?.tunnel.isDisposed);
    first?.slot.dispose();
    bench.pool.dispose();
    assert.equal(bench.clock.pending, 0);
    assert.deepEqual([bench.lost, bench.lostAll], [[], []]);
  });

  test('leaves no timer amid refused growth and stalls', async () => {
    const bench = await Bench.open();
    const connections = await bench.fill(2);
    bench.dialer.fail();
    await settle();
    connections.forEach(stall);
    bench.ask();
    await bench.advance(500);
    bench[Symbol.dispose]();
  });

  test('by draining takes no connection, dials no more, and leaves open connections alone', async () => {
    using bench = await Bench.open();
    const [first, second] = await bench.fill(2);
    const asked = bench.ask();
    const { dials } = bench.dialer;
    bench.pool.drain();
    await settle();
    assert.ok(isCoded(asked.error, 'STOPPED'));
    await assert.rejects(bench.pool.takeSlot(never), coded('STOPPED'));
    assert.ok(first?.tunnel.isDisposed === false && second?.tunnel.isDisposed === false);
    first.slot.dispose();
    second.slot.dispose();
    await bench.live(5_000);
    assert.equal(bench.dialer.dials, dials);
  });
});
