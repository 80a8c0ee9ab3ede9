import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toDisposable } from '../../../src/base/disposable.ts';
import { CodedError, type ErrorCode } from '../../../src/base/errors.ts';
import { Emitter } from '../../../src/base/event.ts';
import { ForwardManager } from '../../../src/host/forwardManager.ts';
import type { ForwardOwner, ForwardUser } from '../../../src/host/forwardOwner.ts';
import type { ClientKey } from '../../../src/host/holders.ts';
import { Inspection } from '../../../src/inspect/inspection.ts';
import type { PluginTerms } from '../../../src/rpc/clustersContract.ts';
import type { ForwardSpecification, Outage } from '../../../src/rpc/forwardsContract.ts';
import type { HolderKind } from '../../../src/rpc/holdersContract.ts';
import { Session } from '../../../src/session/session.ts';
import { coded } from '../../support/coded.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeEngine, FakeProbe, FakeTarget, podState } from '../../support/fakeSession.ts';
import { freePort, holdPort, isListening } from '../../support/localPorts.ts';
import { recorded } from '../../support/observed.ts';

const SPECIFICATION: ForwardSpecification = {
  target: { context: { kubeconfig: '', context: 'demo' }, namespace: 'demo', kind: 'pod', name: 'web' },
  remotePort: 80,
  localPort: { mode: 'exact', port: 0 },
  address: '127.0.0.1',
};

const WINDOW: ClientKey = Symbol('window');
let lastHolder = 0;

/** Returns a user of a forward, with a new holder id. */
function user(owner: ForwardOwner, kind: HolderKind = 'window', client = WINDOW): ForwardUser {
  lastHolder += 1;
  return { owner, holder: { id: `holder ${lastHolder}`, kind }, client };
}

/** Returns a manager whose forwards use a fake engine instead of a cluster. */
function bench(test: { after(end: () => Promise<void>): void }) {
  const clock = new FakeClock();
  const engine = new FakeEngine();
  const targets: FakeTarget[] = [];
  const retained: string[] = [];
  const signIns: string[] = [];
  const inspection = new Inspection(clock);
  const manager = new ForwardManager({
    clock,
    inspection,
    startSession: (target, { localPort, address }) =>
      new Session({
        target,
        listen: { localPorts: [localPort], addresses: [address] },
        probe: new FakeProbe(),
        clock,
        forwardPod: engine.forwardPod,
      }),
  });
  const owner = (key = 'owner'): ForwardOwner => ({
    key,
    environment: {},
    retain: () => {
      retained.push(key);
      return toDisposable(() => retained.splice(retained.indexOf(key), 1));
    },
    target: () => {
      const target = new FakeTarget();
      target.answer('web');
      targets.push(target);
      return target;
    },
    clusterAccess: () => () => assert.fail('no cluster'),
    onDidSignIn: new Emitter<void>().event,
    signIn: ({ context }) => {
      signIns.push(context);
      return Promise.resolve();
    },
  });
  const log = recorded(manager.onDidLog);
  const start = (more: Partial<ForwardSpecification> = {}, by = user(owner())) =>
    manager.start({ ...SPECIFICATION, ...more }, by);
  test.after(() => manager.close());
  return { manager, clock, engine, targets, retained, signIns, owner, log, start };
}

type Bench = ReturnType<typeof bench>;

test('a listed forward has its state, address, counts and log', async (t) => {
  const { manager, log, start } = bench(t);
  let changes = 0;
  manager.onDidChange(() => changes++);
  const forward = await start();
  assert.deepEqual(forward.state, { type: 'ready', pod: 'web', transport: 'spdy' });
  assert.equal(forward.localAddress, `127.0.0.1:${forward.localPort}`);
  assert.equal(forward.remotePort, 80);
  assert.equal(forward.counts.total, 0);
  await Promise.resolve();
  assert.ok(changes > 0 && changes < 6, `${changes} changes`);
  assert.deepEqual(manager.list(), [forward]);
  assert.deepEqual(log.at(-1), {
    level: 'info',
    event: 'ready',
    forward: `pod/web ${forward.localPort} → 80`,
    arguments: { pod: 'web', transport: 'spdy', addresses: `127.0.0.1:${forward.localPort}` },
  });
  await manager.stop(forward.id);
  const { event, forward: name } = log.at(-1) ?? {};
  assert.deepEqual([event, name], ['stopped', `pod/web ${forward.localPort} → 80`], 'of a stopped forward');
});

test('the forwards of the next host have other ids, so that old notifications do not act on them', async (t) => {
  const [old, next] = [bench(t), bench(t)];
  const { id } = await old.start();
  await next.start();
  await assert.rejects(next.manager.stop(id), coded('FORWARD_NOT_FOUND'));
  assert.equal(next.manager.list().length, 1);
});

test('the reason for waiting is shown until it is over, and all bound addresses are shown', async (t) => {
  const { manager, owner, log, start } = bench(t);
  const target = new FakeTarget();
  const waiting: ForwardOwner = { ...owner(), target: () => target };
  const started = start({ address: 'localhost' }, user(waiting));
  await eventually(() => target.resolveCalls.length === 1, 'the first look for a pod');
  const reason = new CodedError('WAITING_FOR_POD', { name: 'web', phase: 'Pending' });
  for (let times = 1; times <= 2; times++) target.resolveCalls[0]?.onWaiting?.(reason);
  assert.equal(log.filter(({ event }) => event === 'waiting').length, 1);
  assert.deepEqual(manager.list()[0]?.state, {
    type: 'starting',
    waiting: { code: 'WAITING_FOR_POD', arguments: { name: 'web', phase: 'Pending' } },
  });
  target.answer(podState('web', { isReady: false }));
  const { state, localAddresses, localPort = 0 } = await started;
  assert.deepEqual(localAddresses?.[0], { address: '127.0.0.1', localPort });
  const warning = { code: 'POD_TAKEN_UNREADY', arguments: { name: 'web' } };
  assert.deepEqual(state, { type: 'ready', pod: 'web', transport: 'spdy', warning });
});

test('an invalid patience is refused', async (t) => {
  const { manager, start } = bench(t);
  for (const podRunningTimeoutMs of [0, -1, Number.NaN]) {
    await assert.rejects(start({ podRunningTimeoutMs }), coded('USAGE'));
  }
  assert.deepEqual(manager.list(), []);
});

test('a second request for the same forward joins it, and one of another environment does not', async (t) => {
  const { owner, targets, start } = bench(t);
  const first = await start();
  const port = first.localPort ?? 0;
  const exact = { localPort: { mode: 'exact', port } } as const;
  const [again, atOnce] = await Promise.all([start(exact), start(exact)]);
  assert.deepEqual([again.id, atOnce.id], [first.id, first.id]);
  const preferred = { localPort: { mode: 'preferred', port: 9_999 } } as const;
  assert.equal((await start(preferred)).id, first.id);
  assert.equal(targets.length, 1);
  assert.notEqual((await start()).id, first.id, 'any free port is another one');
  const other = await start(exact, user(owner('another')));
  assert.equal(other.state.type === 'failed' && other.state.error.code, 'PORT_IN_USE');
});

test('two simultaneous requests get one forward', async (t) => {
  const { targets, start } = bench(t);
  const preferred = { localPort: { mode: 'preferred', port: 47_811 } } as const;
  const [first, second] = await Promise.all([start(preferred), start(preferred)]);
  assert.equal(first.id, second.id);
  assert.equal(targets.length, 1);
});

/** Returns an owner whose first forward fails when it looks for its pod. Later forwards succeed. */
function failsOnce(owner: ForwardOwner): ForwardOwner {
  let isFirst = true;
  return {
    ...owner,
    target: () => {
      const target = new FakeTarget();
      target.answer(isFirst ? new CodedError('FORBIDDEN', {}) : 'web');
      isFirst = false;
      return target;
    },
  };
}

test('a failed forward stays with its reason, and a new request restarts it', async (t) => {
  const { manager, owner, start } = bench(t);
  const failing = failsOnce(owner());
  const wanted = { localPort: { mode: 'preferred', port: 47_812 } } as const;
  const first = await start(wanted, user(failing));
  assert.equal(first.state.type === 'failed' && first.state.error.code, 'FORBIDDEN');
  assert.equal(first.localPort, undefined);
  assert.equal(manager.list().length, 1);
  const again = await start({ ...wanted, label: 'again' }, user(failing));
  assert.deepEqual([again.state.type, again.specification.label], ['ready', 'again']);
  assert.equal(manager.list().length, 1);
});

test('a failed forward keeps its label, request log and protocol when a client that knows only the target starts it', async (t) => {
  const { owner, start } = bench(t);
  const failing = failsOnce(owner());
  const kept = { label: 'API', requestLog: 'metadata', portName: 'https' } as const;
  const first = await start(kept, user(failing));
  assert.equal(first.state.type, 'failed');
  const again = await start({ label: '', requestLog: 'off' }, user(failing, 'terminal'));
  assert.deepEqual([again.id, again.state.type], [first.id, 'ready']);
  assert.deepEqual(again.specification, { ...SPECIFICATION, ...kept });
});

test('a failed forward that another client starts again keeps its terms for plugins', async (t) => {
  const { owner, start } = bench(t);
  const failing = failsOnce(owner());
  const plugins = { folders: ['/first'], named: [], allowed: 'a' };
  assert.equal((await start(withTerms(plugins), user(failing))).state.type, 'failed');
  const again = await start({}, user(failing, 'terminal'));
  assert.equal(again.state.type, 'ready');
  assert.deepEqual(again.specification.target.context.plugins, plugins);
});

/** Returns the specification of a forward whose client allows only these plugins. */
function withTerms(plugins: PluginTerms): Pick<ForwardSpecification, 'target'> {
  const { target } = SPECIFICATION;
  return { target: { ...target, context: { ...target.context, plugins } } };
}

test('a window that uses a running forward adds its workspace and what it allows to the terms for plugins', async (t) => {
  const { start } = bench(t);
  const plugins = { folders: ['/first'], named: ['/first.yaml'], allowed: 'a' };
  const wanted = { localPort: { mode: 'preferred', port: 47_813 } } as const;
  const first = await start({ ...wanted, ...withTerms(plugins) });
  const join = async (terms: PluginTerms) => {
    const { id, specification } = await start({ ...wanted, ...withTerms(terms) });
    assert.equal(id, first.id);
    return specification.target.context.plugins;
  };
  const folders = ['/first', '/second'];
  assert.deepEqual(await join({ folders: ['/second'], named: [] }), { ...plugins, folders });
  const joined = { folders: ['/second'], named: ['/second.yaml'], allowed: 'b' };
  const named = ['/first.yaml', '/second.yaml'];
  assert.deepEqual(await join(joined), { folders, named, allowed: 'b' });
});

test('a running forward of a terminal, which has no terms for plugins, gets none from a window that uses it', async (t) => {
  const { owner, start } = bench(t);
  const wanted = { localPort: { mode: 'preferred', port: 47_814 } } as const;
  const first = await start(wanted, user(owner(), 'terminal'));
  const again = await start({ ...wanted, ...withTerms({ folders: ['/ws'], named: [] }) });
  assert.equal(again.id, first.id);
  assert.equal(again.specification.target.context.plugins, undefined);
});

test('Undo keeps what was allowed since, if it uses the forward that was started since', async (t) => {
  const { manager, start } = bench(t);
  const terms = (folder: string, allowed: string) => ({ folders: [folder], named: [], allowed });
  const localPort = { mode: 'exact', port: await freePort() } as const;
  const { id } = await start({ localPort, ...withTerms(terms('/old', 'old')) });
  await manager.stop(id);
  const next = await start({ localPort, ...withTerms(terms('/new', 'new')) });
  const restored = await manager.restore(id, { id: 'a', kind: 'window' }, WINDOW);
  assert.equal(restored.id, next.id);
  const { folders, allowed } = restored.specification.target.context.plugins ?? assert.fail();
  assert.deepEqual([new Set(folders), allowed], [new Set(['/new', '/old']), 'new']);
});

test('restart asks a person to sign in, and tries at once', async (t) => {
  const { manager, targets, signIns, start } = bench(t);
  const { id } = await start();
  targets[0]?.answer('web-2');
  const restarted = await manager.restart(id);
  assert.deepEqual(signIns, ['demo']);
  assert.equal(restarted.state.type === 'ready' && restarted.state.pod, 'web-2');
});

test('a restart by another window adds its workspace to the terms for plugins, and keeps what was allowed', async (t) => {
  const { manager, targets, start } = bench(t);
  const plugins = { folders: ['/first'], named: ['/first.yaml'], allowed: 'a' };
  const { id } = await start(withTerms(plugins));
  targets[0]?.answer('web');
  await manager.restart(id, { folders: ['/first', '/second'], named: [] });
  const terms = () => manager.list()[0]?.specification.target.context.plugins;
  assert.deepEqual(terms(), { ...plugins, folders: ['/first', '/second'] });
  targets[0]?.answer('web');
  await manager.restart(id, { folders: ['/second'], named: [], allowed: 'b' });
  assert.deepEqual(terms(), { ...plugins, folders: ['/first', '/second'], allowed: 'b' });
});

test('a stopped forward leaves the list and releases its environment', async (t) => {
  const { manager, owner, retained, clock, start } = bench(t);
  const { id } = await start();
  await start({ remotePort: 81 }, user(owner('another')));
  assert.deepEqual(retained, ['owner', 'another']);
  await manager.stop(id);
  assert.equal(manager.list().length, 1);
  clock.advance(300_000);
  assert.deepEqual(retained, ['another'], 'nobody can take it back any more');
  await assert.rejects(manager.stop(id), coded('FORWARD_NOT_FOUND'));
  assert.equal(await manager.stopAll(), 1);
  assert.deepEqual(manager.list(), []);
  await manager.close();
  assert.deepEqual(retained, []);
  assert.equal(clock.pending, 0);
});

test('changed counts are sent once a second', async (t) => {
  const { manager, clock, start } = bench(t);
  await start();
  await Promise.resolve();
  let changes = 0;
  manager.onDidChange(() => changes++);
  clock.advance(1_000);
  await Promise.resolve();
  const first = changes;
  clock.advance(10_000);
  await Promise.resolve();
  assert.equal(changes, first);
});

test('a successor gets the forwards of each environment on the same ports', async (t) => {
  const { manager, owner, start } = bench(t);
  const forward = await start();
  await start({ remotePort: 81 }, user(owner('another')));
  await start({ remotePort: 82 }, user(owner(), 'task'));
  manager.setLabel(forward.id, 'front');
  const localPort = { mode: 'exact', port: forward.localPort };
  assert.deepEqual(manager.lastingOf('owner'), [{ ...SPECIFICATION, localPort, label: 'front' }]);
  manager.setLabel(forward.id, '');
  assert.equal(manager.list()[0]?.specification.label, undefined);
});

/**
 * Starts a forward on a free port. If it starts again, its tunnel opens only when the test names a pod in `targets`.
 */
async function startBeforeOutage({ owner, start }: Bench) {
  const targets: FakeTarget[] = [];
  const target = () => {
    const next = new FakeTarget();
    if (targets.push(next) === 1) next.answer('web');
    return next;
  };
  const localPort = { mode: 'exact', port: await freePort() } as const;
  const { id } = await start({ localPort }, user({ ...owner(), target }));
  return { id, targets, oldPort: localPort.port };
}

test('a forward that is stopped while it moves to another port listens on neither port', async (t) => {
  const moving = bench(t);
  const { id, targets, oldPort } = await startBeforeOutage(moving);
  const port = await freePort();
  const moved = assert.rejects(moving.manager.changeLocalPort(id, port), coded('STOPPED'));
  await moving.manager.stop(id);
  targets[1]?.answer('web');
  await moved;
  assert.deepEqual(moving.manager.list(), []);
  for (const each of [oldPort, port]) assert.equal(await isListening('127.0.0.1', each), false, `${each}`);
});

test('a forward that moves to two ports at once listens only on the second one', async (t) => {
  const moving = bench(t);
  const { id, targets, oldPort } = await startBeforeOutage(moving);
  const [first, second] = [await freePort(), await freePort()];
  const given = assert.rejects(moving.manager.changeLocalPort(id, first), coded('STOPPED'));
  const moved = moving.manager.changeLocalPort(id, second);
  for (const target of targets) target.answer('web');
  await given;
  assert.equal((await moved).localPort, second);
  for (const each of [oldPort, first]) assert.equal(await isListening('127.0.0.1', each), false, `${each}`);
});

test('a forward that moves back before its new port listens keeps the present port', async (t) => {
  const moving = bench(t);
  const { id, targets, oldPort } = await startBeforeOutage(moving);
  const port = await freePort();
  const moved = assert.rejects(moving.manager.changeLocalPort(id, port), coded('STOPPED'));
  assert.equal((await moving.manager.changeLocalPort(id, oldPort)).localPort, oldPort);
  targets[1]?.answer('web');
  await moved;
  assert.equal(await isListening('127.0.0.1', oldPort), true);
  assert.equal(await isListening('127.0.0.1', port), false);
});

test('a forward keeps the label and request log that it gets while it moves to another port', async (t) => {
  const moving = bench(t);
  const { id, targets } = await startBeforeOutage(moving);
  const moved = moving.manager.changeLocalPort(id, await freePort());
  moving.manager.setLabel(id, 'front');
  moving.manager.setRequestLog(id, 'metadata');
  targets[1]?.answer('web');
  const { specification } = await moved;
  assert.deepEqual([specification.label, specification.requestLog], ['front', 'metadata']);
});

/** Returns the outage that the snapshot of the only forward shows. */
function outageOf({ manager }: Bench): Outage | undefined {
  const state = manager.list()[0]?.state;
  return state?.type === 'reconnecting' ? state.outage : undefined;
}

test('a forward that reconnects shows how long, and logs no failure, if it cannot move to another port', async (t) => {
  const moving = bench(t);
  const { manager, engine, log } = moving;
  const { id, targets, oldPort } = await startBeforeOutage(moving);
  engine.last.lose();
  await eventually(() => outageOf(moving) !== undefined, 'the outage');
  const before = { outage: outageOf(moving), log: [...log] };
  await using taken = await holdPort('127.0.0.1');
  const moved = assert.rejects(manager.changeLocalPort(id, taken.port), coded('PORT_IN_USE'));
  targets[1]?.answer('web');
  await moved;
  assert.deepEqual({ outage: outageOf(moving), log }, before);
  assert.equal(manager.list()[0]?.localPort, oldPort);
});

test('a forward that reconnects on its new port shows how long, although its old port closes meanwhile', async (t) => {
  const moving = bench(t);
  const { manager, engine } = moving;
  engine.ignoresStop = true;
  const { id, targets } = await startBeforeOutage(moving);
  engine.ignoresStop = false;
  const [old] = engine.forwards;
  const port = await freePort();
  const moved = manager.changeLocalPort(id, port);
  targets[1]?.answer('web');
  const isMoved = () => manager.list()[0]?.localPort === port && manager.list()[0]?.state.type === 'ready';
  await eventually(isMoved, 'the new port');
  assert.equal(old?.isOpen, true);
  engine.last.lose();
  await eventually(() => outageOf(moving) !== undefined, 'the outage');
  const outage = outageOf(moving);
  old?.lose();
  assert.equal((await moved).state.type, 'reconnecting');
  assert.deepEqual(outageOf(moving), outage);
});

test('a forward that has moved to another port logs what it does there, and that it has left the old port', async (t) => {
  const moving = bench(t);
  const { id, targets, oldPort } = await startBeforeOutage(moving);
  const before = moving.log.length;
  const port = await freePort();
  const moved = moving.manager.changeLocalPort(id, port);
  targets[1]?.answer('web');
  await moved;
  const eventsOf = (localPort: number) =>
    moving.log
      .slice(before)
      .filter(({ forward }) => forward === `pod/web ${localPort} → 80`)
      .map(({ event }) => event);
  assert.deepEqual(eventsOf(port), ['bound', 'podChosen', 'ready']);
  assert.deepEqual(eventsOf(oldPort), ['stopped']);
});

test('invalid ports and addresses are refused before anything happens', async (t) => {
  const { manager, start } = bench(t);
  const refused: readonly [Partial<ForwardSpecification>, ErrorCode][] = [
    [{ localPort: { mode: 'exact', port: 65_536 } }, 'INVALID_PORT'],
    [{ localPort: { mode: 'exact', port: 1.5 } }, 'INVALID_PORT'],
    [{ remotePort: 0 }, 'INVALID_PORT'],
    [{ remotePort: '' }, 'INVALID_PORT'],
    [{ remotePort: 'No port' }, 'INVALID_PORT'],
    [{ remotePort: '80' }, 'INVALID_PORT'],
    [{ address: 'example.com' }, 'INVALID_ADDRESS'],
  ];
  for (const [change, code] of refused) {
    await assert.rejects(start(change), coded(code));
  }
  assert.deepEqual(manager.list(), []);
});

/**
 * Tests every pair of holder kinds, in both orders of release. The forward must end when the second holder releases it.
 */
test('a forward ends with its last holder of any kind, in any order', async (t) => {
  const { manager, owner, start } = bench(t);
  const kinds: readonly HolderKind[] = ['window', 'task', 'extension', 'tool', 'terminal'];
  for (const first of kinds) {
    for (const second of kinds) {
      for (const order of [0, 1]) {
        const users = [user(owner(), first), user(owner(), second)];
        const { id, localPort = 0 } = await start({}, users[0] ?? assert.fail());
        const exact = { localPort: { mode: 'exact', port: localPort } } as const;
        assert.equal((await start(exact, users[1] ?? assert.fail())).id, id);
        await manager.release(users[order]?.holder.id ?? '');
        const name = `${first} and ${second}, the ${order === 0 ? 'first' : 'second'} ends`;
        assert.deepEqual(
          manager.list().map(({ holders }) => holders.map(({ kind }) => kind)),
          [[order === 0 ? second : first]],
          name,
        );
        assert.equal(manager.list()[0]?.state.type, 'ready', name);
        await manager.release(users[1 - order]?.holder.id ?? '');
        assert.deepEqual(manager.list(), [], name);
      }
    }
  }
});

test('a client that leaves releases its tasks, extensions and tools, but not what a person started', async (t) => {
  const { manager, owner, start } = bench(t);
  const other: ClientKey = Symbol('other window');
  const hold = (remotePort: number, kind: HolderKind, client?: ClientKey) =>
    start({ remotePort }, user(owner(), kind, client));
  for (const [index, kind] of (['task', 'extension', 'tool', 'window', 'terminal'] as const).entries()) {
    await hold(90 + index, kind);
  }
  await hold(99, 'task', other);
  await manager.clientGone(WINDOW);
  assert.deepEqual(
    manager.list().map(({ holders }) => holders.map(({ kind, hasLeft }) => ({ kind, hasLeft }))),
    [
      [{ kind: 'window', hasLeft: true }],
      [{ kind: 'terminal', hasLeft: true }],
      [{ kind: 'task', hasLeft: undefined }],
    ],
  );
  assert.equal(manager.keepsHost, true);
  await manager.clientGone(other);
  assert.equal(manager.list().length, 2);
});

test('a person stops a forward for all of its holders, and Undo restores it for them', async (t) => {
  const { manager, owner, start } = bench(t);
  const [task, extension] = [user(owner(), 'task'), user(owner(), 'extension')];
  const { id, localPort = 0 } = await start({}, task);
  await start({ localPort: { mode: 'exact', port: localPort } }, extension);
  await manager.stop(id);
  assert.deepEqual(manager.list(), []);
  await manager.release(extension.holder.id);
  const person = user(owner()).holder;
  const restored = await manager.restore(id, person, WINDOW);
  assert.deepEqual([restored.id, restored.localPort, restored.state.type], [id, localPort, 'ready']);
  assert.deepEqual(restored.holders, [task.holder], 'not for whoever has let go meanwhile');
  await manager.stop(id);
  await manager.clientGone(WINDOW);
  assert.deepEqual((await manager.restore(id, person, WINDOW)).holders, [person], 'where nobody is left');
  await assert.rejects(manager.restore(id, person, WINDOW), coded('FORWARD_NOT_FOUND'));
});

test('Undo joins the forward that somebody has started on the same port since', async (t) => {
  const { manager, owner, start } = bench(t);
  const task = user(owner(), 'task');
  const { id, localPort = 0 } = await start({}, task);
  await manager.stop(id);
  const person = user(owner());
  const next = await start({ localPort: { mode: 'exact', port: localPort } }, person);
  const restored = await manager.restore(id, user(owner()).holder, WINDOW);
  assert.deepEqual([restored.id, restored.state.type], [next.id, 'ready']);
  assert.deepEqual(restored.holders, [person.holder, task.holder]);
  assert.equal(manager.list().length, 1);
});

test('Undo starts the forward again if it has failed since on the same port, with its label and request log', async (t) => {
  const { manager, owner, start } = bench(t);
  const { id, localPort = 0 } = await start({ label: 'Web', requestLog: 'metadata' });
  await manager.stop(id);
  const next = await start({ localPort: { mode: 'exact', port: localPort } }, user(failsOnce(owner())));
  assert.equal(next.state.type, 'failed');
  const restored = await manager.restore(id, user(owner()).holder, WINDOW);
  assert.deepEqual([restored.id, restored.state.type], [next.id, 'ready']);
  assert.deepEqual([restored.specification.label, restored.requestLog], ['Web', 'metadata']);
});

test('a holder released before the forward has started still releases the forward', async (t) => {
  const { manager, owner, start } = bench(t);
  const task = user(owner(), 'task');
  const started = start({}, task);
  await manager.release(task.holder.id);
  assert.match((await started).state.type, /^(stopping|stopped)$/);
  assert.deepEqual(manager.list(), []);
});

test('a failed forward that one holder restarts is back for all of them', async (t) => {
  const { owner, start } = bench(t);
  const failing = failsOnce(owner());
  const wanted = { localPort: { mode: 'preferred', port: 47_813 } } as const;
  const [first, second] = [user(failing, 'task'), user(failing, 'task')];
  const { id } = await start(wanted, first);
  const again = await start(wanted, second);
  assert.equal(again.state.type, 'ready');
  assert.deepEqual([again.id, again.holders], [id, [first.holder, second.holder]]);
});

test('a holder without an id or kind is refused', async (t) => {
  const { manager, owner, start } = bench(t);
  for (const holder of [{ id: '', kind: 'task' }, { id: 'a', kind: 'toString' }, { kind: 'task' }]) {
    const wanted = { ...user(owner()), holder: holder as ForwardUser['holder'] };
    await assert.rejects(start({}, wanted), coded('USAGE'));
  }
  assert.deepEqual(manager.list(), []);
});

test('the host stays for what a terminal left behind, whoever else came first', async (t) => {
  for (const kinds of [
    ['window', 'terminal'],
    ['terminal', 'window'],
    ['task', 'terminal'],
  ] as const) {
    const { manager, owner, start } = bench(t);
    const preferred = { localPort: { mode: 'preferred', port: 47_814 } } as const;
    for (const kind of kinds) await start(preferred, user(owner(), kind));
    assert.equal(manager.list().length, 1);
    await manager.clientGone(WINDOW);
    assert.equal(manager.keepsHost, true);
    await manager.stopAll();
    assert.equal(manager.keepsHost, false);
  }
});

test('a terminal command that is killed before its forwards carry traffic leaves none of them behind', async (t) => {
  const { manager, owner, start } = bench(t);
  const terminal: ClientKey = Symbol('terminal');
  await start({}, user(owner(), 'terminal', terminal));
  assert.equal(manager.list().length, 1);
  const pending = start({ remotePort: 81 }, user(owner(), 'terminal', terminal));
  await manager.terminalGone(terminal);
  await pending;
  assert.deepEqual(manager.list(), []);
});

test('a terminal command that ends once its forwards carry traffic leaves them behind', async (t) => {
  const { manager, owner, start } = bench(t);
  const terminal: ClientKey = Symbol('terminal');
  await start({}, user(owner(), 'terminal', terminal));
  await manager.terminalGone(terminal);
  assert.equal(manager.list().length, 1);
  assert.equal(manager.keepsHost, true);
});

test('the request log of a forward keeps its mode, except that nothing records again by itself', async (t) => {
  const { manager, owner, start } = bench(t);
  const first = await start();
  assert.equal(first.requestLog, 'off');
  manager.setRequestLog(first.id, 'record');
  assert.equal(manager.list()[0]?.requestLog, 'record');
  await manager.stop(first.id);
  const { holder, client } = user(owner());
  const restored = await manager.restore(first.id, holder, client);
  assert.equal(restored.requestLog, 'metadata');
  assert.throws(() => manager.setRequestLog('77', 'off'), { code: 'FORWARD_NOT_FOUND' });
});

test('a client that joins a forward may switch its log on, and never off', async (t) => {
  const { start } = bench(t);
  const first = await start();
  const localPort = { mode: 'preferred', port: first.localPort ?? 0 } as const;
  const joined = await start({ localPort, requestLog: 'metadata' });
  assert.deepEqual([joined.id, joined.requestLog], [first.id, 'metadata']);
  const again = await start({ localPort, requestLog: 'off' });
  assert.deepEqual([again.id, again.requestLog], [first.id, 'metadata']);
});
