import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodedError } from '../../../../src/base/errors.ts';
import { gatewayVariables, restoreGateway, startGateway } from '../../../../src/rpc/gatewayContract.ts';
import { namespaceKey, targetKey } from '../../../../src/ui/clusters/clusterNodes.ts';
import { Marks, nameMarks } from '../../../../src/ui/clusters/marks.ts';
import { GatewaysModel } from '../../../../src/ui/gateways/gatewaysModel.ts';
import { namesState, untilNamesReady } from '../../../../src/ui/gateways/untilNamesReady.ts';
import { HostConnector } from '../../../../src/ui/host/hostConnector.ts';
import { coded } from '../../../support/coded.ts';
import { eventually } from '../../../support/eventually.ts';
import { connector, host, gateways as model, window } from '../../../support/fakeWindow.ts';
import { fieldOf } from '../../../support/fields.ts';
import { gateway, target } from '../../../support/uiRows.ts';

const { context } = target('web');
const failed = { type: 'failed', error: { code: 'PORT_IN_USE', arguments: { port: 8900 } } } as const;

const starts = () => host.sent(startGateway);

test('a window that joins a host shows and follows the namespaces that others have opened', async () => {
  host.isRunning = true;
  host.gateways = [gateway(['demo'])];
  await connector.joinOrRestore();
  await eventually(() => model.all.length === 1, 'the gateway');
  assert.equal(model.ofNamespace(context, 'demo')?.localPort, 8900);
  assert.equal(model.ofNamespace(context, 'shop'), undefined);
  host.setGateways([gateway(['demo', 'shop'])]);
  assert.equal(model.ofNamespace(context, 'shop')?.localPort, 8900);
  host.setGateways([gateway(['demo'], { state: failed })]);
  assert.equal(model.ofNamespace(context, 'demo'), undefined);
});

test('namespaces are opened for the user of the window, on the preferred port, and stopped', async () => {
  const { id } = await model.start({ context, namespaces: ['demo'] });
  assert.deepEqual(starts(), [
    {
      ...{ context, namespaces: ['demo'], localPort: { mode: 'preferred', port: 8900 } },
      holder: model.holders.person,
    },
  ]);
  assert.equal(model.holders.isOwn(gateway(['demo'], { holders: host.gateways[0]?.holders ?? [] })), true);
  await model.stop(id);
  assert.deepEqual(model.all, []);
});

test('a task opens a namespace with a holder of its own, and releases it', async () => {
  const task = model.holders.create('task', 'forwards');
  await model.start({ context, namespaces: ['demo'] }, task);
  assert.deepEqual(model.holders.others(model.all[0] ?? assert.fail()), [
    { id: task.id, kind: 'task', name: 'forwards', window: 'shop', namespaces: ['demo'] },
  ]);
  await model.release(task);
  assert.deepEqual(model.all, []);
  assert.equal(model.holders.has(task.id), false);
});

test('a failed gateway that is restarted keeps the holders that it had', async () => {
  const theirs = { id: 'theirs', kind: 'terminal', namespaces: ['demo'] } as const;
  await model.start({ context, namespaces: ['demo'] });
  const stuck = gateway(['demo'], { state: failed, holders: [theirs] });
  host.setGateways([stuck]);
  host.requests.length = 0;
  await model.restart(stuck);
  assert.deepEqual(fieldOf(host.requests, 'method'), ['gateways/stop', 'gateways/restore']);
  assert.deepEqual(host.sent(restoreGateway)[0]?.context, context);
});

test('a gateway keeps running if the user does not allow the plugin that its restart needs', async (t) => {
  await model.start({ context, namespaces: ['demo'] });
  const asked: string[] = [];
  const gate = <P>(method: string, parameters: P): Promise<P> => {
    asked.push(method);
    if (method !== restoreGateway.method) return Promise.resolve(parameters);
    return Promise.reject(new CodedError('PLUGIN_NOT_ALLOWED', { context: 'dev', command: '/ws/evil' }));
  };
  const connector = new HostConnector({ launcher: host, clock: window.clock, gate });
  const guarded = new GatewaysModel({ host: connector, holders: model.holders, preferredPort: () => 8900 });
  t.after(() => guarded.dispose());
  t.after(() => connector.dispose());
  const [running = assert.fail()] = model.all;
  await assert.rejects(guarded.restart(running), coded('PLUGIN_NOT_ALLOWED'));
  assert.deepEqual(asked, ['gateways/restore']);
  assert.deepEqual(model.all, [running]);
});

test('the namespaces of each holder return on the same port after the host died', async () => {
  const theirs = { id: 'theirs', kind: 'window', namespaces: ['shop'] } as const;
  const theirTask = { id: 'task', kind: 'task', namespaces: ['demo'] } as const;
  await model.start({ context, namespaces: ['demo'] });
  const [mine] = host.gateways[0]?.holders ?? [];
  assert.ok(mine);
  const over = { context: { ...context, context: 'other' }, namespaces: ['demo'] };
  host.setGateways([
    gateway(['demo', 'shop'], { localPort: 8901, holders: [mine, theirs, theirTask] }),
    gateway(['demo'], { id: '2', state: failed, specification: { ...gateway([]).specification, ...over } }),
  ]);
  host.requests.length = 0;
  host.die();
  assert.deepEqual([model.all, model.isLost(mine)], [[], true]);
  await connector.connect();
  await eventually(() => starts().length === 2, 'both starts');
  const localPort = { mode: 'preferred', port: 8901 };
  assert.deepEqual(
    starts().map(({ holder, ...others }) => ({ ...others, holder: holder?.id })),
    [
      { context, namespaces: ['demo'], localPort, holder: mine.id },
      { context, namespaces: ['shop'], localPort, holder: theirs.id },
    ],
  );
  await eventually(() => model.all.length === 1, 'the gateway');
  assert.deepEqual(model.all[0]?.specification.namespaces, ['demo', 'shop']);
});

test('the log of a service is on again after the host died, without recording', async () => {
  await model.start({ context, namespaces: ['demo'] });
  const [mine] = host.gateways[0]?.holders ?? [];
  const serviceLogs = [{ service: 'web.demo', mode: 'metadata' }] as const;
  const specification = { ...gateway(['demo']).specification, serviceLogs };
  host.setGateways([gateway(['demo'], { specification, holders: mine === undefined ? [] : [mine] })]);
  host.requests.length = 0;
  host.die();
  await connector.connect();
  await eventually(() => starts().length === 1, 'the start');
  assert.deepEqual(starts()[0]?.serviceLogs, serviceLogs);
});

test('a gateway stopped by Stop All does not return with the next host', async () => {
  await model.start({ context, namespaces: ['demo'] });
  host.die();
  model.forgetLost();
  host.requests.length = 0;
  await connector.connect();
  assert.deepEqual(starts(), []);
});

test('Undo restores a stopped gateway, also on a host that does not know it', async () => {
  const opened = await model.start({ context, namespaces: ['demo'] });
  await model.stop(opened.id);
  assert.equal((await model.startAgain(opened)).id, opened.id);
  host.die();
  model.forgetLost();
  await connector.connect();
  const again = await model.startAgain({ ...opened, id: 'unknown', localPort: 8905 });
  assert.deepEqual([again.specification.namespaces, again.localPort], [['demo'], 8905]);
});

test('a gateway marks its namespaces and their services in the tree, until it has no port', () => {
  const marks = new Marks(nameMarks, []);
  const opened = gateway(['demo', 'shop']);
  const service = targetKey(target('web', { namespace: 'shop', kind: 'service' }));
  const ids = marks.update([opened]);
  assert.equal(ids.length, 4);
  const mark = { gatewayId: 'gateway-1', isReady: true };
  assert.deepEqual(marks.of(namespaceKey(context, 'demo')), { ...mark, address: 'localhost:8900' });
  assert.deepEqual(marks.of(service), { ...mark, address: 'http://web.shop.localhost:8900/' });
  assert.deepEqual(marks.update([{ ...opened }]), [], 'the same again changes nothing');
  assert.equal(marks.update([{ ...opened, state: failed }]).length, 4);
  assert.equal(marks.of(service), undefined);
});

test('each namespace has a state of its own: one that does not exist keeps no other from being ready', () => {
  const error = { code: 'NAMESPACE_NOT_FOUND', arguments: { namespace: 'nowhere' } } as const;
  const unreachable = { code: 'UNREACHABLE', arguments: { server: 'https://api', reason: '' } } as const;
  const namespaces = [
    { name: 'demo', isLoaded: true },
    { name: 'nowhere', isLoaded: true, error },
    { name: 'late', isLoaded: false },
    { name: 'cut', isLoaded: true, error: unreachable },
    { name: 'waiting', isLoaded: false, error: unreachable },
  ];
  const open = gateway(['demo'], { namespaces });
  const states = [...namespaces.map(({ name }) => name), 'closed'].map((name) => namesState(open, name));
  assert.deepEqual(states, [
    { type: 'ready' },
    { type: 'failed', error },
    { type: 'starting' },
    { type: 'reconnecting', error: unreachable },
    { type: 'starting', waiting: unreachable },
    { type: 'stopped' },
  ]);
  assert.equal(namesState(gateway(['demo'], { state: failed }), 'demo').type, 'failed');
});

test('a namespace that was opened is waited for, although the list is older', async () => {
  host.isRunning = true;
  host.gateways = [gateway(['demo'])];
  await connector.joinOrRestore();
  await eventually(() => model.all.length === 1, 'the gateway');
  const loading = { namespaces: [{ name: 'shop', isLoaded: false }] };
  const started = gateway(['demo', 'shop'], loading);
  const ready = untilNamesReady(model, started, 'shop', AbortSignal.timeout(10_000));
  host.setGateways([gateway(['demo'])]);
  host.setGateways([started]);
  const now = gateway(['demo', 'shop']);
  host.setGateways([now]);
  assert.deepEqual(await ready, now);
  const stopped = untilNamesReady(model, started, 'shop', AbortSignal.timeout(10_000));
  host.setGateways([started]);
  host.setGateways([gateway(['demo'])]);
  assert.equal(await stopped, undefined);
});

test('what a task holds is gone once the user has stopped it', async () => {
  const { heldGateways: held } = window;
  const wanted = { context, namespaces: ['demo'] };
  const hold = await held.hold(wanted, { kind: 'task', name: 'names' }, AbortSignal.timeout(10_000));
  const { id = '' } = hold.current ?? {};
  assert.equal(held.of('task', id).length, 1);
  assert.deepEqual(held.of('tool', id), []);
  host.setGateways([]);
  assert.equal(hold.current, undefined);
  await hold.release();
});

test('programs keep their secrets when the host is replaced', async () => {
  const { id } = await model.start({ context, namespaces: ['demo'] });
  const secret = 'a'.repeat(32);
  host.answers.set(gatewayVariables.method, () => ({ variables: {}, secret }));
  await model.variables({ id, namespaces: ['demo'] });
  host.die();
  await connector.connect();
  await eventually(() => starts().length === 2, 'the start');
  assert.deepEqual(starts()[1]?.secrets, [{ secret, namespaces: ['demo'] }]);
});
