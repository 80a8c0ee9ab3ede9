import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import type { SessionNotice } from '../../../src/session/notices.ts';
import { Session, type SessionOptions } from '../../../src/session/session.ts';
import type { SessionState } from '../../../src/session/state.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeEngine, FakeProbe, FakeTarget, podState } from '../../support/fakeSession.ts';

class Bench {
  readonly target = new FakeTarget();
  readonly engine = new FakeEngine();
  readonly probe = new FakeProbe();
  readonly clock = new FakeClock();
  readonly wake = new Emitter<void>();
  readonly states: SessionState['type'][] = [];
  readonly notices: SessionNotice[] = [];
  readonly session: Session;
  readonly #sockets: Socket[] = [];

  constructor(more: Partial<SessionOptions> = {}) {
    this.session = new Session({
      target: this.target,
      localPorts: [{ mode: 'exact', port: 0 }],
      addresses: ['127.0.0.1'],
      probe: this.probe,
      clock: this.clock,
      random: () => 1,
      forwardPod: this.engine.forwardPod,
      onDidWake: this.wake.event,
      ...more,
    });
    this.session.onDidChange((state) => this.states.push(state.type));
    this.session.onDidNotice((notice) => this.notices.push(notice));
  }

  /** Waits for a state, by its type. */
  until<T extends SessionState['type']>(type: T): Promise<Extract<SessionState, { type: T }>> {
    return this.untilState((state): state is Extract<SessionState, { type: T }> => state.type === type);
  }

  untilState<T extends SessionState>(matches: (state: SessionState) => state is T): Promise<T> {
    return new Promise((resolve) => {
      const { state } = this.session;
      if (matches(state)) return resolve(state);
      const subscription = this.session.onDidChange((next) => {
        if (!matches(next)) return;
        subscription.dispose();
        resolve(next);
      });
    });
  }

  step(type: string): Promise<SessionState> {
    return this.untilState(
      (state): state is SessionState => state.type === 'reconnecting' && state.step.type === type,
    );
  }

  get port(): number {
    return this.session.addresses[0]?.localPort ?? 0;
  }

  connect(): Socket {
    const socket = net.connect(this.port, '127.0.0.1');
    socket.on('error', () => {});
    this.#sockets.push(socket);
    return socket;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.session.stop();
    assert.equal(this.clock.pending, 0, 'no timer is left');
    assert.equal(this.target.watchers, 0, 'no watch is left');
    assert.ok(
      this.engine.forwards.every(({ isOpen }) => !isOpen),
      'no forward is left',
    );
  }
}

/** The name of the pod that answered. */
async function answer(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString().trim();
}

async function reset(socket: Socket): Promise<string | undefined> {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code;
}

test('a forward starts, carries connections, and stops with nothing left', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  const ready = await bench.until('ready');
  assert.equal(ready.pod.name, 'web-1');
  assert.equal(await answer(bench.connect()), 'web-1');
  await bench.close();
  assert.deepEqual(bench.states, ['ready', 'stopping', 'stopped']);
  assert.deepEqual(
    bench.notices.map((notice) => notice.type),
    ['starting', 'bound', 'podChosen', 'connected', 'stopped'],
  );
  const socket = bench.connect();
  assert.equal(await reset(socket), 'ECONNREFUSED');
});

test('a lost tunnel: the port stays, who connects meanwhile waits and reaches the next pod', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  const { port } = bench;
  bench.clock.advance(2_000);
  bench.engine.last.lose();
  await bench.step('attempting');
  assert.equal(bench.port, port);
  const waiting = bench.connect();
  await once(waiting, 'connect');
  bench.target.answer('web-2');
  assert.equal(await answer(waiting), 'web-2');
  assert.equal(bench.session.state.type, 'ready');
  await bench.close();
});

test('who waits for longer than 10 s is reset, counted and logged', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.clock.advance(2_000);
  bench.engine.last.lose();
  await bench.step('attempting');
  const waiting = bench.connect();
  const failed = reset(waiting);
  while (bench.clock.pending < 2) await new Promise((resolve) => setImmediate(resolve));
  bench.clock.advance(10_000);
  assert.equal(await failed, 'ECONNRESET');
  assert.equal(bench.session.counters.failed, 1);
  const ended = bench.notices.find((notice) => notice.type === 'connectionEnded');
  assert.equal(ended?.error?.code, 'NOT_CONNECTED');
  await bench.close();
});

test('a terminating pod keeps its open connections, new ones go to the next pod', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.target.show(podState('web-1'));
  const old = bench.connect();
  assert.equal(await answer(old), 'web-1');
  bench.target.show(podState('web-1', { isTerminating: true }), podState('web-2'));
  const fresh = bench.connect();
  bench.target.answer('web-2');
  assert.equal(await answer(fresh), 'web-2');
  const [first, second] = bench.engine.forwards;
  assert.equal(first?.isOpen, true);
  assert.equal(first?.sockets.length, 1);
  old.end();
  old.destroy();
  while (first?.isOpen) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(second?.isOpen, true);
  await bench.close();
});

test('what is open to a pod that is gone is cut off after a minute', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.target.show(podState('web-1'));
  const old = bench.connect();
  assert.equal(await answer(old), 'web-1');
  bench.target.show(podState('web-1', { isTerminating: true }));
  bench.target.answer('web-2');
  await bench.until('ready');
  bench.clock.advance(600_000);
  assert.equal(bench.engine.forwards[0]?.isOpen, true, 'a grace period may be long');
  bench.target.show(podState('web-2'));
  const cut = reset(old);
  bench.clock.advance(60_000);
  assert.equal(await cut, 'ECONNRESET');
  assert.equal(bench.session.state.type, 'ready');
  await bench.close();
});

test('a pod that is not ready: traffic passes, the state says what is wrong until it is ready', async () => {
  const bench = new Bench();
  bench.target.answer(podState('web-1', { isReady: false }));
  const state = await bench.until('reconnecting');
  assert.equal(state.error.code, 'POD_NOT_READY');
  assert.equal(await answer(bench.connect()), 'web-1');
  bench.target.show(podState('web-1', { isReady: false }));
  bench.target.show(podState('web-1'));
  await bench.until('ready');
  assert.equal(bench.engine.forwards.length, 1);
  await bench.close();
});

test('the server is gone: it is asked until it answers, then one attempt', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.clock.advance(2_000);
  bench.probe.isReachable = false;
  bench.engine.last.lose();
  await bench.step('probing');
  const error = new CodedError('UNREACHABLE', { server: 'https://demo', reason: 'refused' });
  bench.probe.fail(error);
  bench.probe.fail(new CodedError('UNREACHABLE', { server: 'https://demo', reason: 'refused' }));
  const { state } = bench.session;
  assert.equal(state.type === 'reconnecting' && state.error, error);
  bench.target.answer('web-1');
  bench.probe.succeed();
  await bench.until('ready');
  assert.equal(bench.target.asked.length, 2);
  await bench.close();
});

test('a machine that slept checks at once; what is open goes on', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  const open = bench.connect();
  assert.equal(await answer(open), 'web-1');
  bench.target.answer('web-1');
  bench.wake.fire();
  await bench.until('ready');
  assert.equal(bench.engine.forwards.length, 2);
  assert.equal(bench.engine.forwards[0]?.sockets.length, 1);
  await bench.close();
});

test('a pod gone for good fails it: the port is free, the reason stays, retry begins anew', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.target.show(podState('web-1'));
  bench.target.show();
  bench.target.answer(new CodedError('POD_NOT_FOUND', { name: 'web-1', namespace: 'demo' }));
  const failed = await bench.until('failed');
  assert.equal(failed.error.code, 'POD_NOT_FOUND');
  assert.deepEqual(bench.session.addresses, []);
  assert.equal(bench.target.watchers, 0);
  bench.target.answer('web-1');
  bench.session.retry();
  await bench.until('ready');
  assert.equal(await answer(bench.connect()), 'web-1');
  await bench.close();
});

test('a list that is older than the pod does not say that it is gone', async () => {
  const bench = new Bench();
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.target.show(podState('web-0'));
  assert.equal(bench.session.state.type, 'ready');
  await bench.close();
});

test('with reconnects off a loss is final', async () => {
  const bench = new Bench({ reconnects: false, retriesFirstAttempt: false });
  bench.target.answer('web-1');
  await bench.until('ready');
  bench.target.show(podState('web-1', { isTerminating: true }));
  assert.equal(bench.session.state.type, 'ready');
  bench.engine.last.lose();
  const { error } = await bench.until('failed');
  assert.equal(error.code, 'LOST_CONNECTION');
  await bench.close();
});

test('stop in every state leaves nothing behind', async (t) => {
  const lost = async (bench: Bench) => {
    bench.target.answer('web-1');
    await bench.until('ready');
    bench.clock.advance(2_000);
    bench.engine.last.lose();
  };
  const situations: Record<string, (bench: Bench) => Promise<unknown>> = {
    starting: async () => {},
    resolving: async (bench) => {
      while (bench.target.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    },
    connecting: async (bench) => {
      bench.engine.connects = false;
      bench.target.answer('web-1');
      while (bench.engine.forwards.length === 0) await new Promise((resolve) => setImmediate(resolve));
    },
    attempting: async (bench) => {
      await lost(bench);
      await bench.step('attempting');
      await once(bench.connect(), 'connect');
    },
    probing: async (bench) => {
      bench.probe.isReachable = false;
      await lost(bench);
      await bench.step('probing');
    },
    waiting: async (bench) => {
      await lost(bench);
      await bench.step('attempting');
      bench.target.answer(new CodedError('API_ERROR', { server: '', status: 500, reason: '' }));
      await bench.step('waiting');
    },
    draining: async (bench) => {
      bench.target.answer('web-1');
      await bench.until('ready');
      await answer(bench.connect());
      bench.target.show(podState('web-1', { isTerminating: true }));
    },
    failed: async (bench) => {
      bench.target.answer(new CodedError('FORBIDDEN', {}));
      await bench.until('failed');
    },
  };
  for (const [name, arrange] of Object.entries(situations)) {
    await t.test(name, async () => {
      const bench = new Bench();
      await arrange(bench);
      await bench.close();
      assert.equal(bench.session.state.type, 'stopped');
    });
  }
});
