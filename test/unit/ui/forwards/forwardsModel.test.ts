import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ResponseError } from 'vscode-jsonrpc';
import { DisposableStore } from '../../../../src/base/disposable.ts';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import { listPorts } from '../../../../src/rpc/clustersContract.ts';
import { startForward } from '../../../../src/rpc/forwardsContract.ts';
import { portKey, targetKey } from '../../../../src/ui/clusters/clusterNodes.ts';
import { forwardMarks, Marks } from '../../../../src/ui/clusters/marks.ts';
import { ForwardsModel } from '../../../../src/ui/forwards/forwardsModel.ts';
import { HostConnector } from '../../../../src/ui/host/hostConnector.ts';
import { eventually } from '../../../support/eventually.ts';
import { readyForward } from '../../../support/fakeHost.ts';
import { connector, host, forwards as model, window } from '../../../support/fakeWindow.ts';
import { forward, specification, target } from '../../../support/uiRows.ts';

const failed = { type: 'failed', error: { code: 'LOST_CONNECTION', arguments: {} } } as const;

let failures: string[][];

beforeEach(() => {
  window.isFocused = false;
  failures = [];
  model.onDidFail((forwards) => failures.push(forwards.map(({ id }) => id)));
});

test('a window that joins a host shows the forwards of other windows', async () => {
  host.isRunning = true;
  host.forwards = [forward('web')];
  await connector.joinOrRestore();
  await eventually(() => model.all.length === 1, 'the forward');
});

test('the model follows forwards that come, change and go', async () => {
  const web = await model.start(specification('web'));
  assert.equal(model.find(web.id)?.state.type, 'ready');
  await model.stop(web.id);
  assert.deepEqual(model.all, []);
});

test('a forward to a named port prefers the local port of its number, and starts without it if that is unknown', async () => {
  const any = { localPort: { mode: 'preferred', port: 0 }, remotePort: 'http' } as const;
  host.ports = [{ name: 'http', number: 80, protocol: 'TCP' }];
  assert.equal((await model.start(specification('a', any))).localPort, 8080);
  host.ports = undefined;
  const { specification: sent } = await model.start(specification('b', any));
  assert.deepEqual(sent.localPort, any.localPort);
});

test('a user who does not give a permission is asked only once, although the ports are listed before the start', async () => {
  const asked: string[] = [];
  const gate = (method: string) => {
    asked.push(method);
    return Promise.reject(new CodedError('PLUGIN_NOT_ALLOWED', { context: 'dev', command: '/ws/plugin' }));
  };
  using owned = new DisposableStore();
  const gated = owned.add(new HostConnector({ launcher: host, clock: window.clock, gate }));
  const forwards = owned.add(new ForwardsModel(gated, () => true));
  const start = forwards.start(
    specification('a', { localPort: { mode: 'preferred', port: 0 }, remotePort: 'http' }),
  );
  await assert.rejects(start, (error) => isCoded(error, 'PLUGIN_NOT_ALLOWED'));
  assert.deepEqual(asked, [listPorts.method]);
});

test('a forward whose ports the host may not list starts, because the start asks for the permission', async () => {
  const error = { code: 'PLUGIN_NOT_ALLOWED', arguments: { context: 'dev', command: '/ws/plugin' } };
  host.answers.set(listPorts.method, () => {
    throw new ResponseError(1, error.code, error);
  });
  const any = { localPort: { mode: 'preferred', port: 0 }, remotePort: 'http' } as const;
  assert.equal((await model.start(specification('a', any))).state.type, 'ready');
});

test('stopping all forwards returns their number, and starts no host', async () => {
  assert.equal(await model.stopAll(), 0);
  assert.equal(host.starts, 0);
  await model.start(specification('a'));
  await model.start(specification('b'));
  assert.equal(await model.stopAll(), 2);
});

test('forwards of this window that fail after they were ready are reported together', async () => {
  const own = await model.start(specification('a'));
  const second = await model.start(specification('b'));
  host.setForwards([...host.forwards, forward('other')]);
  host.setForwards(host.forwards.map((snapshot) => ({ ...snapshot, state: failed })));
  assert.deepEqual(failures, [[own.id, second.id]]);
  host.setForwards([...host.forwards]);
  assert.equal(failures.length, 1, 'told once');
});

test('a failed forward of another window is reported only in the focused window', async () => {
  await connector.connect();
  for (const [index, isFocused] of [false, true].entries()) {
    window.isFocused = isFocused;
    host.setForwards([forward('other')]);
    host.setForwards([forward('other', { state: failed })]);
    assert.equal(failures.length, index);
  }
});

test('a forward that fails during its start is reported by its start alone', async () => {
  host.startForward = (wanted, id) => ({ ...readyForward(wanted, id), state: failed });
  const { state } = await model.start(specification('a'));
  assert.equal(state.type, 'failed');
  assert.deepEqual(failures, []);
});

test('forwards return on the same local ports after the host died', async () => {
  const preferred = { mode: 'preferred', port: 0 } as const;
  await model.start(specification('mine', { localPort: preferred }));
  const theirs = { id: 'theirs', kind: 'window' } as const;
  const other = forward('other', { holders: [theirs] });
  host.setForwards([...host.forwards, other, forward('over', { state: failed })]);
  host.requests.length = 0;
  host.die();
  assert.deepEqual(model.all, []);
  await connector.connect();
  await eventually(() => model.all.length === 2, 'those that ran');
  const starts = host.sent(startForward);
  const mine = starts[0]?.holder;
  assert.equal(mine?.kind, 'window');
  assert.deepEqual(starts, [
    { ...specification('mine'), localPort: { mode: 'exact', port: 50_000 }, holder: mine },
    { ...specification('other'), localPort: { mode: 'exact', port: 8080 }, holder: theirs },
  ]);
});

test('no window says that there are no forwards before a host was asked, nor while a lost one is replaced', async () => {
  host.isRunning = true;
  host.forwards = [forward('web', { holders: [{ id: 'theirs', kind: 'window' }] })];
  assert.equal(model.isLoaded, false);
  await connector.joinOrRestore();
  await model.whenLoaded;
  assert.deepEqual([model.isLoaded, model.all.length], [true, 1]);
  host.die();
  assert.deepEqual([model.isLoaded, model.all.length], [false, 0]);
  await connector.connect();
  await eventually(() => model.isLoaded, 'the forwards of the other host');
  assert.equal(model.all.length, 1);
});

test('a window without a host knows that there are no forwards', () => {
  model.setLoaded();
  assert.equal(model.isLoaded, true);
});

test('Undo restores a stopped forward for its holders, and later on the same local port with its label', async () => {
  const task = { id: 'a', kind: 'task' } as const;
  const stopped = forward('web', { localPort: 50_000, holders: [task] }, { label: 'Shop' });
  host.stopped = [stopped];
  assert.deepEqual((await model.startAgain(stopped)).holders, [task]);
  host.stopped = [];
  await model.startAgain(stopped);
  const [{ holder, ...wanted } = assert.fail()] = host.sent(startForward);
  assert.equal(holder?.kind, 'window');
  const localPort = { mode: 'exact', port: 50_000 } as const;
  assert.deepEqual(wanted, specification('web', { label: 'Shop', localPort }));
});

test('the other users of a forward exclude the person of this window and windows that have gone', async () => {
  const { id } = await model.start(specification('web'));
  const others = [
    { id: 'a', kind: 'task', name: 'forwards' },
    { id: 'b', kind: 'window', window: 'shop' },
    { id: 'c', kind: 'terminal', hasLeft: true },
  ] as const;
  const gone = { id: 'd', kind: 'window', hasLeft: true } as const;
  host.setForwards(host.forwards.map((one) => ({ ...one, holders: [...one.holders, ...others, gone] })));
  const web = model.find(id);
  assert.ok(web);
  assert.equal(model.holders.isOwn(web), true);
  assert.deepEqual(model.holders.others(web), others);
  assert.equal(model.holders.isOwn(forward('other', { holders: others })), false);
});

test('a forward is stopped for another one that needs its port, if it has not ended by then', async () => {
  const old = await model.start(specification('old'));
  const error = { code: 'PORT_IN_USE', arguments: { port: old.localPort ?? 0 } } as const;
  host.startForward = (wanted, id) => ({ ...readyForward(wanted, id), state: { type: 'failed', error } });
  const wanted = await model.start(specification('new'));
  assert.equal(model.inTheWayOf(wanted)?.id, old.id);
  host.restartForward = (one) => ({ ...one, state: { type: 'ready', pod: 'new', transport: 'spdy' } });
  assert.equal((await model.replace(old.id, wanted.id)).state.type, 'ready');
  assert.equal(model.find(old.id), undefined);
  assert.equal((await model.replace(old.id, wanted.id)).id, wanted.id);
});

test('a forward that is restored logs requests as the user chose, and records nothing by itself', async () => {
  const web = await model.start(specification('web', { requestLog: 'metadata' }));
  for (const requestLog of ['record', 'off'] as const) {
    host.setForwards([{ ...web, holders: host.forwards[0]?.holders ?? [], requestLog }]);
    host.requests.length = 0;
    host.die();
    await connector.connect();
    await eventually(() => model.all.length === 1, 'the forward');
    const [started, ...others] = host.sent(startForward);
    assert.equal(started?.requestLog, requestLog === 'record' ? 'metadata' : requestLog);
    assert.deepEqual(others, []);
  }
});

test('a stopped forward does not return', async () => {
  const web = await model.start(specification('web'));
  await model.stop(web.id);
  host.die();
  await connector.connect();
  assert.equal(host.sent(startForward).length, 1);
});

test('a forward marks its target, the pod that it reaches, and the port of each', () => {
  const service = target('web', { kind: 'service' });
  const marks = new Marks(forwardMarks, []);
  const snapshot = forward('x', {}, { target: service });
  const ready = { ...snapshot, state: { type: 'ready', pod: 'web-1', transport: 'spdy' } } as const;
  const pod = target('web-1');
  const ids = [targetKey(service), portKey(service, 80), targetKey(pod), portKey(pod, 80)];
  assert.deepEqual(marks.update([ready]), ids);
  const mark = { forwardId: 'x', address: 'localhost:8080', isHttp: true, isReady: true };
  for (const id of ids) assert.deepEqual(marks.of(id), [mark]);
  assert.deepEqual(marks.update([ready]), [], 'the same again changes nothing');
  assert.deepEqual(marks.update([{ ...ready, state: failed }]), ids);
  assert.equal(marks.of(ids[0] ?? ''), undefined);
});
