import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { stopForward } from '../../../../src/rpc/contract.ts';
import { ForwardsModel } from '../../../../src/ui/forwards/forwardsModel.ts';
import { HeldForwards } from '../../../../src/ui/forwards/heldForwards.ts';
import { HostSession } from '../../../../src/ui/host/hostSession.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { FakeHost } from '../../../support/fakeHost.ts';
import { forward, specification } from '../../../support/uiRows.ts';

const never = new AbortController().signal;
let host: FakeHost;
let session: HostSession;
let model: ForwardsModel;
let held: HeldForwards;

beforeEach(() => {
  host = new FakeHost();
  session = new HostSession({ launcher: host, clock: new FakeClock() });
  model = new ForwardsModel(session, () => false);
  held = new HeldForwards(model);
  // As the host does it: the same forward is started once.
  const { startForward } = host;
  host.startForward = (wanted, id) =>
    host.forwards.find(
      (known) => JSON.stringify(known.specification.target) === JSON.stringify(wanted.target),
    ) ?? startForward(wanted, id);
});

afterEach(() => {
  held.dispose();
  model.dispose();
  session.dispose();
});

function stops(): number {
  return host.requests.filter(({ method }) => method === stopForward.method).length;
}

test('what is held is stopped when it is let go, once', async () => {
  const one = await held.hold(specification('web'), never);
  assert.equal(one.current?.state.type, 'ready');
  await Promise.all([one.release(), one.release()]);
  assert.equal(one.current, undefined);
  assert.deepEqual(host.forwards, []);
  assert.equal(stops(), 1);
});

test('of two holders the last one stops it', async () => {
  const one = await held.hold(specification('web'), never);
  const two = await held.hold(specification('web'), never);
  await one.release();
  assert.equal(stops(), 0);
  assert.equal(two.current?.state.type, 'ready');
  await two.release();
  assert.equal(stops(), 1);
});

test('what was there before goes on', async () => {
  host.isRunning = true;
  host.forwards = [forward('web')];
  await session.join();
  await eventually(() => model.forwards.length === 1, 'the forward');
  const one = await held.hold(specification('web'), never);
  await one.release();
  assert.equal(stops(), 0);
});

test('what was stopped by somebody else is gone, also when the same starts again', async () => {
  const one = await held.hold(specification('web'), never);
  host.setForwards([]);
  assert.equal(one.current, undefined);
  host.setForwards([forward('web', { id: '9' })]);
  assert.equal(one.current, undefined);
  await one.release();
  assert.equal(stops(), 0);
});

test('a host that died brings it back under another id', async () => {
  const other = await held.hold(specification('other', { localPort: { mode: 'exact', port: 99 } }), never);
  const one = await held.hold(specification('web'), never);
  const before = one.current?.id;
  await other.release();
  host.die();
  assert.equal(one.current?.state.type, 'starting');
  await session.connect();
  await eventually(() => one.current?.state.type === 'ready', 'the forward');
  assert.notEqual(one.current?.id, before);
  await one.release();
  assert.deepEqual(host.forwards, []);
});

test('what ends with another window is not brought back here', async () => {
  host.isRunning = true;
  const theirs = specification('theirs', { endsWithClient: true });
  host.forwards = [forward('theirs', { specification: theirs }), forward('all')];
  await session.join();
  await eventually(() => model.forwards.length === 2, 'the forwards');
  await held.hold(specification('mine', { endsWithClient: true }), never);
  host.die();
  await session.connect();
  const names = () => host.forwards.map((one) => one.specification.target.name).sort();
  await eventually(() => names().length === 2, 'what comes back');
  assert.deepEqual(names(), ['all', 'mine']);
});

test('aborted while it starts, it is stopped as soon as it is known', async () => {
  const abort = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const original = host.startForward;
  host.startForward = (wanted, id) => promise.then(() => original(wanted, id));
  const holding = held.hold(specification('web'), abort.signal);
  abort.abort(new Error('not wanted any more'));
  await assert.rejects(holding, /not wanted any more/);
  resolve();
  await eventually(() => stops() === 1 && host.forwards.length === 0, 'the end of it');
});
