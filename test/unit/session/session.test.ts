import assert from 'node:assert/strict';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import { test } from 'node:test';
import { CodedError } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import type { ForwardNotice } from '../../../src/kinds/forwardNotice.ts';
import type { PodState } from '../../../src/session/ports.ts';
import { Session } from '../../../src/session/session.ts';
import type { SessionOptions } from '../../../src/session/sessionOptions.ts';
import type { SessionState } from '../../../src/session/state.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeEngine, FakeProbe, FakeTarget, podState } from '../../support/fakeSession.ts';
import { fieldOf, reasonOf } from '../../support/fields.ts';
import { restConfigFor } from '../../support/restConfig.ts';

class Bench implements AsyncDisposable {
  readonly target = new FakeTarget();
  readonly engine = new FakeEngine();
  readonly probe = new FakeProbe();
  readonly clock = new FakeClock();
  readonly wake = new Emitter<void>();
  readonly states: SessionState['type'][] = [];
  readonly notices: ForwardNotice[] = [];
  readonly session: Session;
  readonly #sockets: Socket[] = [];

  constructor(more: Partial<SessionOptions> = {}) {
    this.session = new Session({
      target: this.target,
      listen: { localPorts: [{ mode: 'exact', port: 0 }], addresses: ['127.0.0.1'] },
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

  /** Returns a session that is ready with a pod. */
  static async ready(more: Partial<SessionOptions> = {}, pod: string | PodState = 'web-1'): Promise<Bench> {
    const bench = new Bench(more);
    await bench.readyWith(pod);
    return bench;
  }

  /** Lets the next attempt of the session find this pod, and waits until the session is ready. */
  async readyWith(pod: string | PodState): Promise<Extract<SessionState, { type: 'ready' }>> {
    this.target.answer(pod);
    return await this.until('ready');
  }

  /**
   * Breaks the tunnel after 2 s, when the session counts it as stable. Waits until the session attempts to reconnect.
   */
  async lose(): Promise<void> {
    this.clock.advance(2_000);
    this.engine.last.lose();
    await this.step('attempting');
  }

  /** Waits for a state by its type. */
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

  /** Opens a connection to the local port, and expects that this pod answers it. */
  async connectTo(pod: string): Promise<Socket> {
    const socket = this.connect();
    assert.equal(await answer(socket), pod);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
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

/** Returns the name of the pod that answered. */
async function answer(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString().trim();
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

async function reset(socket: Socket): Promise<string | undefined> {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code;
}

test('a forward starts, carries connections, and stops with nothing left behind', async () => {
  const bench = new Bench();
  assert.equal((await bench.readyWith('web-1')).pod.name, 'web-1');
  await bench.connectTo('web-1');
  await bench[Symbol.asyncDispose]();
  assert.deepEqual(bench.states, ['ready', 'stopping', 'stopped']);
  assert.deepEqual(fieldOf(bench.notices, 'type'), ['starting', 'bound', 'podChosen', 'ready', 'stopped']);
  const socket = bench.connect();
  assert.equal(await reset(socket), 'ECONNREFUSED');
});

test('a lost tunnel keeps the port, and a connection opened meanwhile waits and reaches the next pod', async () => {
  await using bench = await Bench.ready();
  const { port } = bench;
  await bench.lose();
  assert.equal(bench.port, port);
  const waiting = bench.connect();
  await once(waiting, 'connect');
  bench.target.answer('web-2');
  assert.equal(await answer(waiting), 'web-2');
  assert.equal(bench.session.state.type, 'ready');
});

test('a connection that waits longer than 10 s is reset, counted and logged', async () => {
  await using bench = await Bench.ready();
  await bench.lose();
  const waiting = bench.connect();
  const failed = reset(waiting);
  while (bench.clock.pending < 2) await new Promise((resolve) => setImmediate(resolve));
  bench.clock.advance(10_000);
  assert.equal(await failed, 'ECONNRESET');
  assert.equal(bench.session.counters.failed, 1);
  const ended = bench.notices.find((notice) => notice.type === 'connectionEnded');
  assert.equal(ended?.error?.code, 'NOT_CONNECTED');
});

test('a terminating pod keeps its open connections, and new ones go to the next pod', async () => {
  await using bench = await Bench.ready();
  bench.target.show(podState('web-1'));
  const old = await bench.connectTo('web-1');
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
});

test('open connections to a deleted pod are cut off after a minute', async () => {
  await using bench = await Bench.ready();
  bench.target.show(podState('web-1'));
  const old = await bench.connectTo('web-1');
  bench.target.show(podState('web-1', { isTerminating: true }));
  await bench.readyWith('web-2');
  bench.clock.advance(600_000);
  assert.equal(bench.engine.forwards[0]?.isOpen, true, 'a grace period may be long');
  bench.target.inspected = undefined;
  bench.target.show(podState('web-2'));
  const cut = reset(old);
  bench.clock.advance(5_000);
  await new Promise((resolve) => setImmediate(resolve));
  bench.clock.advance(60_000);
  assert.equal(await cut, 'ECONNRESET');
  assert.equal(bench.session.state.type, 'ready');
});

test('traffic passes to a pod that is not Ready at the start, and the state warns until it is Ready', async () => {
  await using bench = new Bench();
  const state = await bench.readyWith(podState('web-1', { isReady: false }));
  assert.equal(state.isPodReady, false);
  await bench.connectTo('web-1');
  bench.target.show(podState('web-1', { isReady: false }));
  assert.equal(bench.session.state, state);
  bench.target.show(podState('web-1'));
  assert.equal((await bench.until('ready')).isPodReady, true);
  assert.equal(bench.notices.at(-1)?.type, 'podReady');
  assert.equal(bench.engine.forwards.length, 1);
});

test('a pod that becomes Ready takes the new connections from one that is not', async () => {
  await using bench = await Bench.ready({}, podState('web-1', { isReady: false }));
  await bench.connectTo('web-1');
  bench.target.show(podState('web-1', { isReady: false }), podState('web-2'));
  await bench.readyWith('web-2');
  await bench.connectTo('web-2');
  assert.equal(bench.engine.forwards[0]?.sockets.length, 1, 'the open one goes on');
});

test('new connections follow a changed target, and open ones finish however long they take', async () => {
  await using bench = await Bench.ready({}, 'blue');
  bench.target.show(podState('blue'));
  const old = await bench.connectTo('blue');
  bench.target.inspected = podState('blue');
  bench.target.change();
  assert.equal(bench.session.state.type, 'reconnecting');
  await bench.readyWith('green');
  bench.target.show(podState('green'));
  await bench.connectTo('green');
  bench.clock.advance(3_600_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(bench.engine.forwards[0]?.sockets.length, 1);
  const lines = bench.notices.filter(({ type }) => type === 'reconnecting').map(reasonOf);
  assert.deepEqual(lines, ['reconnecting: service/web changed: new connections go to its current pods']);
  bench.target.inspected = undefined;
  const cut = reset(old);
  bench.clock.advance(10_000);
  await new Promise((resolve) => setImmediate(resolve));
  bench.clock.advance(60_000);
  assert.equal(await cut, 'ECONNRESET', 'its pod is gone');
});

test('a target that changes while an attempt connects is followed once traffic can pass', async () => {
  await using bench = new Bench();
  bench.engine.connects = false;
  bench.target.answer('blue');
  while (bench.engine.forwards.length === 0) await new Promise((resolve) => setImmediate(resolve));
  bench.target.change();
  bench.engine.connects = true;
  bench.target.answer('green');
  await bench.engine.last.connect();
  const state = await bench.until('ready');
  assert.equal(state.pod.name, 'green');
});

test('a lost server is asked until it answers, then one attempt follows', async () => {
  await using bench = await Bench.ready();
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
  assert.equal(bench.target.resolveCalls.length, 2);
});

test('a channel is lost only if the server answers no request for 10 s', async () => {
  await using bench = new Bench();
  bench.engine.transport = 'channel';
  await bench.readyWith('web-1');
  bench.probe.isReachable = false;
  const refused = new CodedError('UNREACHABLE', { server: 'https://demo', reason: 'refused' });
  bench.clock.advance(5_000);
  bench.probe.fail(refused);
  bench.clock.advance(4_999);
  await settle();
  assert.equal(bench.session.state.type, 'ready', 'other requests may be answered');
  bench.probe.succeed();
  await settle();
  bench.clock.advance(5_000);
  bench.probe.fail(refused);
  bench.clock.advance(5_000);
  const { state } = bench.session;
  await bench.step('probing');
  assert.equal(state.type, 'ready');
  assert.match(reasonOf(bench.session.state), /lost connection to the API server \(.*refused.*\)/);
});

test('a lost server that gets another address in the kubeconfig is asked at the new address', async () => {
  await using bench = await Bench.ready();
  bench.clock.advance(2_000);
  bench.probe.isReachable = false;
  bench.engine.last.lose();
  await bench.step('probing');
  bench.clock.advance(10_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(bench.probe.servers, ['https://127.0.0.1:1']);
  bench.target.restConfig = restConfigFor(new URL('https://127.0.0.1:2'));
  bench.clock.advance(10_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(bench.probe.servers, ['https://127.0.0.1:2']);
  bench.probe.succeed();
  await bench.readyWith('web-1');
});

test('a deleted target is waited for on its port; giving up frees the port, and retry starts over', async () => {
  await using bench = await Bench.ready({ waitForTargetMs: 1_000 });
  const gone = () => new CodedError('POD_NOT_FOUND', { name: 'web-1', namespace: 'demo' });
  const { port } = bench;
  bench.target.show(podState('web-1'));
  bench.target.show();
  bench.target.answer(gone());
  const waiting = await bench.step('waiting');
  assert.equal(reasonOf(waiting), 'reconnecting: waiting for pod/web-1 to come back');
  assert.equal(bench.port, port);
  bench.target.answer(gone(), gone());
  bench.clock.advance(500);
  await bench.step('attempting');
  await bench.step('waiting');
  bench.clock.advance(500);
  const failed = await bench.until('failed');
  assert.equal(failed.error.code, 'POD_NOT_FOUND');
  assert.deepEqual(bench.session.addresses, []);
  assert.equal(bench.target.watchers, 0);
  bench.target.answer('web-1');
  bench.session.retry();
  await bench.until('ready');
  await bench.connectTo('web-1');
});

test('a target that returns is reached at once, also by a connection that waits for it', async () => {
  await using bench = await Bench.ready();
  bench.target.show(podState('web-1'));
  bench.target.show();
  bench.target.answer(
    new CodedError('TARGET_NOT_FOUND', { kind: 'deployment', name: 'web', namespace: 'demo' }),
  );
  await bench.step('waiting');
  const waiting = bench.connect();
  await once(waiting, 'connect');
  bench.target.answer('web-2');
  bench.target.comeBack();
  assert.equal(await answer(waiting), 'web-2');
});

test('a restart by the user waits as long as a first attempt and counts as one', async () => {
  await using bench = await Bench.ready({ podRunningTimeoutMs: 60_000 });
  bench.session.retry();
  await bench.readyWith('web-2');
  assert.equal(bench.target.resolveCalls.length, 2);
  for (const { podRunningTimeoutMs, hasBeenReady } of bench.target.resolveCalls) {
    assert.deepEqual([podRunningTimeoutMs, hasBeenReady], [60_000, false]);
  }
  const firsts = bench.notices.flatMap((notice) => (notice.type === 'ready' ? [notice.isFirst] : []));
  assert.deepEqual(firsts, [true, true]);
});

test('a list that is older than the pod does not mean that the pod is gone', async () => {
  await using bench = await Bench.ready();
  bench.target.show(podState('web-0'));
  assert.equal(bench.session.state.type, 'ready');
});

test('a pod deleted before the watch began is looked at as soon as a list lacks it', async () => {
  await using bench = await Bench.ready();
  bench.target.inspected = undefined;
  bench.target.answer('web-2');
  bench.target.show(podState('web-2'));
  await bench.step('attempting');
  const state = await bench.until('ready');
  assert.equal(state.pod.name, 'web-2');
  assert.equal(bench.target.inspections, 1);
});

for (const [name, uid, code] of [
  ['a pod that the user may not read', '', 'CONNECTION_FAILED'],
  ['a server that no longer accepts the login', 'uid-db-0', 'UNAUTHORIZED'],
  ['a server that took the permission away', 'uid-db-0', 'FORBIDDEN'],
] as const) {
  test(`a failed connection to ${name} leads to a new attempt at most every 10 s, and open connections continue`, async () => {
    const pod = podState('db-0', { uid });
    await using bench = await Bench.ready({}, pod);
    const old = await bench.connectTo('db-0');
    const fail = (error: CodedError) =>
      bench.engine.last.request.onEvent?.({
        type: 'connectionEnded',
        connection: 2,
        address: { address: '127.0.0.1', localPort: bench.port, remotePort: 80 },
        bytesSent: 0,
        bytesReceived: 0,
        error,
      });
    bench.clock.advance(9_999);
    fail(new CodedError(code));
    bench.clock.advance(1);
    fail(new CodedError('PORT_CLOSED'));
    assert.equal(bench.session.state.type, 'ready', 'a pod whose port is closed still exists');
    fail(new CodedError(code));
    await bench.step('attempting');
    await bench.readyWith(pod);
    assert.equal(bench.engine.forwards.length, 2);
    assert.equal(bench.engine.forwards[0]?.sockets.length, 1);
    fail(new CodedError(code));
    assert.equal(bench.session.state.type, 'ready');
    old.destroy();
  });
}

test('a missing pod that the user may not read makes the first attempt fail, but later attempts wait for the pod', async () => {
  const unread = podState('db-0', { uid: '' });
  const gone = () => new CodedError('POD_NOT_FOUND', { name: 'db-0', namespace: 'demo' });
  const refuse = async (bench: Bench) => {
    bench.engine.connects = false;
    const { length } = bench.engine.forwards;
    bench.target.answer(unread);
    while (bench.engine.forwards.length === length) await new Promise((resolve) => setImmediate(resolve));
    bench.engine.last.lose(gone());
  };
  await using mistyped = new Bench();
  await refuse(mistyped);
  assert.equal((await mistyped.until('failed')).error.code, 'POD_NOT_FOUND');
  await using bench = await Bench.ready({ waitForTargetMs: 1_000 }, unread);
  await bench.lose();
  await refuse(bench);
  const waiting = await bench.step('waiting');
  assert.equal(reasonOf(waiting), 'reconnecting: waiting for pod/db-0 to come back');
  for (let count = 0; count < 2; count++) {
    await bench.step('waiting');
    bench.clock.advance(500);
    await bench.step('attempting');
    await refuse(bench);
  }
  assert.equal((await bench.until('failed')).error.code, 'POD_NOT_FOUND');
});

test('a loss is final with reconnects off', async () => {
  await using bench = await Bench.ready({ reconnects: false, retriesFirstAttempt: false });
  bench.target.show(podState('web-1', { isTerminating: true }));
  assert.equal(bench.session.state.type, 'ready');
  bench.engine.last.lose();
  const { error } = await bench.until('failed');
  assert.equal(error.code, 'LOST_CONNECTION');
});

test('a stop in every state leaves nothing behind', async (t) => {
  const lost = async (bench: Bench) => {
    await bench.readyWith('web-1');
    bench.clock.advance(2_000);
    bench.engine.last.lose();
  };
  const situations: Record<string, (bench: Bench) => Promise<unknown>> = {
    starting: async () => {},
    resolving: async (bench) => {
      while (bench.target.resolveCalls.length === 0) await new Promise((resolve) => setImmediate(resolve));
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
      await bench.readyWith('web-1');
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
      await bench[Symbol.asyncDispose]();
      assert.equal(bench.session.state.type, 'stopped');
    });
  }
});
