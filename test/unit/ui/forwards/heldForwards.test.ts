import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CodedError } from '../../../../src/base/errors.ts';
import {
  type ForwardSnapshot,
  type ForwardSpecification,
  listForwards,
  releaseForward,
  startForward,
} from '../../../../src/rpc/forwardsContract.ts';
import { eventually } from '../../../support/eventually.ts';
import { connector, forwards, host, window } from '../../../support/fakeWindow.ts';
import { never } from '../../../support/never.ts';
import { forward, specification } from '../../../support/uiRows.ts';

const TASK = { kind: 'task', name: 'forwards' } as const;

beforeEach(() => {
  // If the wanted forward is already running, returns the running forward, as the real host does.
  const { startForward } = host;
  host.startForward = (wanted, id) =>
    host.forwards.find(
      (known) => JSON.stringify(known.specification.target) === JSON.stringify(wanted.target),
    ) ?? startForward(wanted, id);
});

const hold = (...wanted: Parameters<typeof specification>) =>
  window.held.hold(specification(...wanted), TASK, never);

test('the last release of a hold stops the forward once', async () => {
  const one = await hold('web');
  assert.equal(one.current?.state.type, 'ready');
  await Promise.all([one.release(), one.release()]);
  assert.equal(one.current, undefined);
  assert.deepEqual(host.forwards, []);
  assert.equal(host.sent(releaseForward).length, 1);
});

test('the last of two holders stops the forward', async () => {
  const one = await hold('web');
  const two = await hold('web');
  await one.release();
  assert.equal(two.current?.state.type, 'ready');
  const [{ holders } = assert.fail(), ...others] = host.forwards;
  assert.deepEqual([holders.map(({ kind, name }) => ({ kind, name })), others], [[TASK], []]);
  await two.release();
  assert.deepEqual(host.forwards, []);
});

test('a forward that existed before the hold continues', async () => {
  host.isRunning = true;
  const theirs = { id: 'theirs', kind: 'window' } as const;
  host.forwards = [forward('web', { holders: [theirs] })];
  await connector.joinOrRestore();
  await eventually(() => forwards.all.length === 1, 'the forward');
  const one = await hold('web');
  await one.release();
  assert.deepEqual(host.forwards[0]?.holders, [theirs]);
});

test('a forward that a person stopped is gone for its holders until Undo, also if others start an equal one', async () => {
  const one = await hold('web');
  const before = host.forwards;
  host.setForwards([]);
  assert.equal(one.current, undefined);
  host.setForwards([forward('web', { id: '9' })]);
  assert.equal(one.current, undefined);
  host.setForwards(before);
  assert.notEqual(one.current, undefined);
  await one.release();
  assert.deepEqual(host.forwards, []);
});

test('a hold is restored under another id after the host died', async () => {
  const other = await hold('other', { localPort: { mode: 'exact', port: 99 } });
  const one = await hold('web');
  const before = one.current?.id;
  await other.release();
  host.die();
  assert.equal(one.current?.state.type, 'starting');
  await connector.connect();
  await eventually(() => one.current?.state.type === 'ready', 'the forward');
  assert.notEqual(one.current?.id, before);
  await one.release();
  assert.deepEqual(host.forwards, []);
});

test('a hold that a person stopped, or that failed, is gone after the host died, though others return', async () => {
  const localPort = (port: number) => ({ localPort: { mode: 'exact', port } }) as const;
  const stopped = await hold('stopped', localPort(97));
  const failed = await hold('failed', localPort(98));
  const other = await hold('other', localPort(99));
  await forwards.stop(stopped.current?.id ?? assert.fail());
  const { id } = failed.current ?? assert.fail();
  const state = { type: 'failed', error: { code: 'LOST_CONNECTION', arguments: {} } } as const;
  host.setForwards(host.forwards.map((one) => (one.id === id ? { ...one, state } : one)));
  host.die();
  const states = () => [stopped, failed, other].map(({ current }) => current?.state.type);
  assert.deepEqual(states(), [undefined, undefined, 'starting']);
  await connector.connect();
  await eventually(() => other.current?.state.type === 'ready', 'the other forward');
  assert.deepEqual(states(), [undefined, undefined, 'ready']);
});

test('forwards return after two hosts died in a row, though the second one listed none of them', async () => {
  await forwards.start(specification('mine', { localPort: { mode: 'exact', port: 98 } }));
  const one = await hold('web', { localPort: { mode: 'exact', port: 99 } });
  const { startForward: original } = host;
  const { promise, reject } = Promise.withResolvers<never>();
  host.startForward = () => promise;
  host.answers.set(listForwards.method, () => promise);
  host.die();
  await connector.connect();
  await eventually(() => host.sent(startForward).length === 4, 'the starts in the second host');
  host.die();
  reject(new CodedError('HOST_LOST'));
  await setImmediate();
  assert.deepEqual([forwards.isLoaded, one.current?.state.type], [false, 'starting']);
  host.startForward = original;
  host.answers.clear();
  await connector.connect();
  await eventually(() => one.current?.state.type === 'ready' && host.forwards.length === 2, 'both forwards');
  assert.deepEqual(
    host.forwards.map(({ localPort }) => localPort),
    [98, 99],
  );
});

test('a hold has failed if the next host refuses to start its forward, and no later host starts it', async () => {
  const one = await hold('web');
  host.startForward = () => Promise.reject(new CodedError('PLUGIN_NOT_ALLOWED'));
  host.die();
  assert.equal(one.current?.state.type, 'starting');
  await connector.connect();
  await eventually(() => one.current?.state.type === 'failed', 'the refusal');
  host.die();
  await connector.connect();
  assert.equal(host.sent(startForward).length, 2);
  const { id, state } = one.current ?? assert.fail();
  assert.deepEqual(
    [id, state],
    ['', { type: 'failed', error: { code: 'PLUGIN_NOT_ALLOWED', arguments: {} } }],
  );
});

test('a hold that the next host has started, but not yet listed, is not gone because another one is refused', async () => {
  const one = await hold('web');
  const refused = await hold('other', { localPort: { mode: 'exact', port: 99 } });
  const started = Promise.withResolvers<ForwardSnapshot>();
  const { promise, reject } = Promise.withResolvers<never>();
  host.answers.set(startForward.method, ({ target }: ForwardSpecification) =>
    target.name === 'other' ? promise : started.promise,
  );
  host.die();
  await connector.connect();
  await eventually(() => forwards.isLoaded, 'the list');
  started.resolve(forward('web'));
  await setImmediate();
  reject(new CodedError('PLUGIN_NOT_ALLOWED'));
  await eventually(() => refused.current?.state.type === 'failed', 'the refusal');
  assert.equal(one.current?.state.type, 'starting');
  host.setForwards([]);
  assert.equal(one.current, undefined, 'a user stopped it meanwhile');
});

test("a new host gets the person's forwards and this window's holds, and nothing of other windows", async () => {
  host.isRunning = true;
  host.forwards = [
    forward('theirs', { holders: [{ id: 'a', kind: 'task' }] }),
    forward('persons', { holders: [{ id: 'b', kind: 'window', hasLeft: true }] }),
    forward('left', { holders: [{ id: 'c', kind: 'terminal', hasLeft: true }] }),
  ];
  await connector.joinOrRestore();
  await eventually(() => forwards.all.length === 3, 'the forwards');
  await hold('mine');
  host.die();
  await connector.connect();
  const holders = () =>
    host.forwards
      .map((one) => [one.specification.target.name, one.holders.map(({ kind }) => kind).join()])
      .sort();
  await eventually(() => holders().length === 3, 'what comes back');
  assert.deepEqual(holders(), [
    ['left', 'terminal'],
    ['mine', 'task'],
    ['persons', 'window'],
  ]);
});

test('a hold aborted during the start stops the forward as soon as it is known', async () => {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const original = host.startForward;
  host.startForward = (wanted, id) => promise.then(() => original(wanted, id));
  const holding = window.held.hold(specification('web'), TASK, abort.signal);
  abort.abort(new Error('not wanted any more'));
  await assert.rejects(holding, /not wanted any more/);
  resolve();
  await eventually(
    () => host.sent(releaseForward).length === 2 && host.forwards.length === 0,
    'the end of it',
  );
});
