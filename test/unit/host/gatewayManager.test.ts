import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { toDisposable } from '../../../src/base/disposable.ts';
import { Emitter } from '../../../src/base/event.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { ForwardOwner, ForwardUser } from '../../../src/host/forwardOwner.ts';
import { GatewayManager } from '../../../src/host/gatewayManager.ts';
import { Inspection } from '../../../src/inspect/inspection.ts';
import type { ConnectionSource } from '../../../src/portforward/listener.ts';
import type { PluginTerms } from '../../../src/rpc/clustersContract.ts';
import type { GatewaySpecification } from '../../../src/rpc/gatewayContract.ts';
import type { HolderKind } from '../../../src/rpc/holdersContract.ts';
import type { ForwardPod } from '../../../src/session/sessionOptions.ts';
import { coded } from '../../support/coded.ts';
import { readHex } from '../../support/demoGateway.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeEngine, FakeProbe } from '../../support/fakeSession.ts';
import { columns, fieldOf } from '../../support/fields.ts';
import { holdPort } from '../../support/localPorts.ts';
import { namespaceCluster } from '../../support/namespaceCluster.ts';
import { restConfigFor } from '../../support/restConfig.ts';

interface End {
  after(end: () => Promise<void>): void;
}

/** Makes a fake engine count and report the connections of clients, as the real engine does. */
function reporting(forwardPod: ForwardPod): ForwardPod {
  return (request) => {
    const { listener, counts, onEvent } = request;
    const attach: ConnectionSource['attach'] = (pairs, onConnection) => {
      assert.ok(listener);
      return listener.attach(pairs, (socket, address, inspect) => {
        const { connection, traffic } = counts?.begin() ?? assert.fail();
        onEvent?.({ type: 'connection', connection, address });
        socket.once('close', () => {
          counts?.end(traffic, false);
          onEvent?.({ type: 'connectionEnded', connection, address, ...traffic });
        });
        onConnection(socket, address, inspect);
      });
    };
    return forwardPod({ ...request, listener: { requeue: () => assert.fail(), attach } });
  };
}

function bench(test: End, hasPods = false) {
  const retained: string[] = [];
  /** For each access to the cluster, the credential plugin that the client allowed. */
  const allowed: (string | undefined)[] = [];
  const inspection = new Inspection(systemClock);
  const forwardPod = reporting(new FakeEngine().forwardPod);
  const manager = new GatewayManager({
    clock: systemClock,
    inspection,
    startGateway: (parts) =>
      new Gateway({ ...parts, clock: systemClock, probe: new FakeProbe(), forwardPod }),
  });
  const owner: ForwardOwner = {
    key: 'owner',
    environment: { HTTP_PROXY: 'http://before:1' },
    retain: () => {
      retained.push('owner');
      return toDisposable(() => retained.pop());
    },
    target: () => assert.fail(),
    clusterAccess: (_context, plugins) => () => {
      allowed.push(plugins()?.allowed);
      return Promise.resolve({
        cluster: namespaceCluster({ hasPods }),
        restConfig: restConfigFor(new URL('https://fake.example')),
      });
    },
    onDidSignIn: new Emitter<void>().event,
    signIn: () => Promise.resolve(),
  };
  const client = Symbol('client');
  const user = (id: string, kind: HolderKind = 'window'): ForwardUser => ({
    owner,
    client,
    holder: { id, kind },
  });
  test.after(async () => {
    await manager.close();
    inspection.dispose();
  });
  return { manager, user, client, retained, allowed, inspection };
}

const open = (context: string, ...namespaces: readonly string[]): GatewaySpecification => ({
  context: { kubeconfig: '', context },
  namespaces,
  localPort: { mode: 'exact', port: 0 },
});

test('a context has one gateway with the namespaces of all its holders, until the last one releases it', async (t) => {
  const { manager, user, retained } = bench(t);
  const first = await manager.start(open('staging', 'demo'), user('a'));
  assert.equal(first.state.type, 'ready');
  assert.equal(first.services[0]?.url, `http://web.demo.localhost:${first.localPort}/`);
  const second = await manager.start(open('staging', 'shop', 'demo'), user('b'));
  assert.deepEqual([second.id, second.localPort], [first.id, first.localPort]);
  assert.deepEqual(second.specification.namespaces, ['demo', 'shop']);
  assert.deepEqual(fieldOf(second.holders, 'id'), ['a', 'b']);
  await manager.release('b');
  assert.deepEqual(manager.list()[0]?.specification.namespaces, ['demo']);
  await manager.release('a');
  assert.deepEqual(manager.list(), []);
  assert.deepEqual(retained, []);
});

test('the gateways of the next host have other ids, so that old notifications do not act on them', async (t) => {
  const [old, next] = [bench(t), bench(t)];
  const { id } = await old.manager.start(open('staging', 'demo'), old.user('a'));
  await next.manager.start(open('staging', 'demo'), next.user('a'));
  await assert.rejects(next.manager.stop(id), coded('FORWARD_NOT_FOUND'));
  assert.equal(next.manager.list().length, 1);
});

test('links carry the context while another one is open', async (t) => {
  const { manager, user } = bench(t);
  const alone = await manager.start(open('arn:aws:eks:x/Prod', 'demo'), user('a'));
  const other = await manager.start(open('arn:aws:eks:x/prod', 'demo'), user('b'));
  assert.equal(alone.slug, 'arn-aws-eks-x-prod');
  assert.match(other.slug, /^arn-aws-eks-x-prod-[0-9a-f]{6}$/);
  const urls = () => manager.list().map(({ services }) => services[0]?.url);
  assert.deepEqual(urls(), [
    `http://web.demo.${alone.slug}.localhost:${alone.localPort}/`,
    `http://web.demo.${other.slug}.localhost:${other.localPort}/`,
  ]);
  await manager.release('b');
  assert.deepEqual(urls(), [`http://web.demo.localhost:${alone.localPort}/`]);
});

test('a gateway that a person stops is restored on its port for its holders', async (t) => {
  const { manager, user, client } = bench(t);
  const { id, localPort } = await manager.start(open('staging', 'demo'), user('a'));
  await manager.stop(id);
  assert.deepEqual(manager.list(), []);
  const again = await manager.restore(id, { id: 'other', kind: 'window' }, client);
  assert.deepEqual([again.id, again.localPort, again.holders.length], [id, localPort, 1]);
  assert.equal(await manager.stopAll(), 1);
  const unknown = manager.restore('none', { id: 'x', kind: 'window' }, client);
  await assert.rejects(unknown, coded('FORWARD_NOT_FOUND'));
});

test('the log tells each state of a gateway once: it is ready, and it has stopped', async (t) => {
  const { manager, user } = bench(t);
  const lines: unknown[] = [];
  manager.onDidLog(({ forward, event, arguments: args }) =>
    lines.push([forward, event, args['connections']]),
  );
  const { id } = await manager.start(open('staging', 'demo', 'shop'), user('a'));
  await manager.stop(id);
  assert.deepEqual(lines, [
    ['demo, shop', 'bound', undefined],
    ['demo, shop', 'gatewayReady', undefined],
    ['demo, shop', 'stopped', 0],
  ]);
});

test('tasks release with their client, a terminal keeps the host, and both gateways are started again unchanged', async (t) => {
  const { manager, user, client } = bench(t);
  await manager.start(open('staging', 'demo'), user('task', 'task'));
  assert.deepEqual([manager.keepsHost, manager.lastingOf('owner')], [false, []]);
  const { localPort } = await manager.start(open('staging', 'shop'), user('terminal', 'terminal'));
  assert.equal(manager.keepsHost, true);
  const [kept] = manager.kept;
  assert.deepEqual(kept?.specification.namespaces, ['shop']);
  assert.equal(kept?.specification.localPort.port, localPort);
  await manager.clientGone(client);
  assert.deepEqual(manager.list()[0]?.specification.namespaces, ['shop']);
  assert.equal(manager.lastingOf('owner')[0]?.holder?.id, 'terminal');
  assert.deepEqual(manager.lastingOf('other'), []);
});

test('a terminal whose namespaces are listed leaves its gateway running, although another terminal opens a namespace', async (t) => {
  const { manager, user, client } = bench(t);
  await manager.start(open('staging', 'demo'), user('finished', 'terminal'));
  const other = Symbol('other');
  const wanted = open('staging', 'demo', 'unlisted');
  const opening = manager.start(wanted, { ...user('killed', 'terminal'), client: other });
  const listed = () => manager.list().map(({ state, holders }) => [state.type, fieldOf(holders, 'id')]);
  await manager.terminalGone(client);
  assert.deepEqual(listed(), [['starting', ['finished', 'killed']]]);
  await manager.terminalGone(other);
  await opening;
  assert.deepEqual(listed(), [['ready', ['finished']]]);
});

test('variables have a new secret each time, and changes are reported together', async (t) => {
  const { manager, user } = bench(t);
  let changes = 0;
  manager.onDidChange(() => changes++);
  const { id, localPort } = await manager.start(open('staging', 'demo'), user('a'));
  const variables = () => manager.variables({ id }, {}).variables['HTTP_PROXY'] ?? '';
  const [one, other] = [variables(), variables()];
  assert.match(one, new RegExp(`^http://kube:[\\w-]{32}@127.0.0.1:${localPort}$`));
  assert.notEqual(one, other);
  assert.ok(!JSON.stringify(manager.list()).includes(one.slice(12, 44)));
  assert.throws(() => manager.variables({ id: 'none' }, {}), coded('FORWARD_NOT_FOUND'));
  await eventually(() => changes > 0, 'not told');
  assert.ok(changes <= 3, `${changes} changes`);
});

test('the log of a gateway or one of its services is switched and reported, and on again after a restore', async (t) => {
  const { manager, user, client } = bench(t);
  const { id, requestLog, services } = await manager.start(open('staging', 'demo', 'shop'), user('a'));
  const modes = () => manager.list()[0]?.services.map((service) => service.requestLog);
  assert.deepEqual([requestLog, services.map((service) => service.requestLog)], ['off', ['off', 'off']]);
  manager.setRequestLog(id, 'record', 'web.shop');
  assert.deepEqual([manager.list()[0]?.requestLog, modes()], ['off', ['off', 'record']]);
  manager.setRequestLog(id, 'metadata');
  assert.deepEqual(modes(), ['metadata', 'metadata'], 'all services');
  manager.setRequestLog(id, 'record');
  for (const service of ['web.nowhere', 'web']) {
    assert.throws(() => manager.setRequestLog(id, 'record', service), coded('NAME_UNKNOWN'));
  }
  manager.setRequestLog(id, 'off', 'web.demo');
  await manager.stop(id);
  const restored = await manager.restore(id, { id: 'a', kind: 'window' }, client);
  assert.equal(restored.requestLog, 'metadata', 'nobody records unasked');
  assert.deepEqual(modes(), ['off', 'metadata']);
});

test('Undo of a closed namespace does not change the log that a person has set for the other namespaces since', async (t) => {
  const { manager, user, client } = bench(t);
  const { id } = await manager.start(open('staging', 'demo', 'shop', 'team'), user('a'));
  manager.setRequestLog(id, 'metadata');
  manager.setRequestLog(id, 'record', 'web.team');
  await manager.stop(id, ['demo']);
  manager.setRequestLog(id, 'off');
  const restored = await manager.restore(id, { id: 'a', kind: 'window' }, client, undefined, ['demo']);
  assert.equal(restored.requestLog, 'off');
  assert.deepEqual(fieldOf(restored.services, 'requestLog'), ['off', 'off', 'off']);
});

test('the log of one service is on again in the next host, and records nothing unasked', async (t) => {
  const { manager, user } = bench(t);
  const { id } = await manager.start(open('staging', 'demo', 'shop'), user('a', 'terminal'));
  manager.setRequestLog(id, 'record', 'web.shop');
  const next = bench(t);
  const modes = () => next.manager.list()[0]?.services.map((service) => service.requestLog);
  const { specification } = manager.kept[0] ?? assert.fail();
  const { id: nextId } = await next.manager.start(specification, next.user('a', 'terminal'));
  assert.deepEqual(modes(), ['off', 'metadata']);
  // A client that starts the gateway again turns the service's log on if it is off. If the log already records, it
  // continues to record.
  next.manager.setRequestLog(nextId, 'record', 'web.shop');
  await next.manager.start(specification, next.user('b', 'terminal'));
  assert.deepEqual(modes(), ['off', 'record']);
  next.manager.setRequestLog(nextId, 'off');
  await next.manager.start(specification, next.user('c', 'terminal'));
  assert.deepEqual(modes(), ['off', 'metadata']);
});

test('the log of a gateway begins with the gateway, also for clients that join', async (t) => {
  const { manager, user } = bench(t);
  const logged = { ...open('staging', 'demo'), requestLog: 'metadata' as const };
  await manager.start(open('staging', 'demo'), user('a'));
  assert.equal((await manager.start(logged, user('b'))).requestLog, 'metadata');
  assert.equal((await manager.start(open('staging', 'demo'), user('c'))).requestLog, 'metadata');
  assert.equal(manager.kept.length, 0);
});

test('a holder that opens another namespace keeps the first, and each holder is listed with its namespaces', async (t) => {
  const { manager, user } = bench(t);
  await manager.start(open('staging', 'demo'), user('a'));
  await manager.start(open('staging', 'shop'), user('b'));
  const { specification, holders } = await manager.start(open('staging', 'team'), user('a'));
  assert.deepEqual(specification.namespaces, ['demo', 'team', 'shop']);
  assert.deepEqual(columns(holders, 'id', 'namespaces'), [
    ['a', ['demo', 'team']],
    ['b', ['shop']],
  ]);
});

test('a successor opens the namespaces of all lasting holders on the same port', async (t) => {
  const { manager, user } = bench(t);
  await manager.start(open('staging', 'demo'), user('a'));
  await manager.start(open('staging', 'shop'), user('b'));
  await manager.start(open('staging', 'debugged'), user('task', 'task'));
  assert.deepEqual(manager.lastingOf('owner')[0]?.namespaces, ['demo', 'shop']);
  await manager.start(open('staging', 'left'), user('one', 'terminal'));
  await manager.start(open('staging', 'behind'), user('two', 'terminal'));
  assert.deepEqual(manager.kept[0]?.specification.namespaces, ['left', 'behind']);
});

test('one namespace is closed for all its users and the others stay open; closing the last one stops the gateway', async (t) => {
  const { manager, user, client } = bench(t);
  const { id, localPort } = await manager.start(open('staging', 'demo', 'shop'), user('a'));
  await manager.start(open('staging', 'shop'), user('task', 'task'));
  await manager.stop(id, ['shop']);
  const [left] = manager.list();
  assert.deepEqual(left?.specification.namespaces, ['demo']);
  assert.equal(left?.localPort, localPort);
  assert.deepEqual(fieldOf(left?.holders, 'id'), ['a']);
  await manager.stop(id, ['demo']);
  assert.deepEqual(manager.list(), []);
  const restored = await manager.restore(id, { id: 'other', kind: 'window' }, client, undefined, ['demo']);
  assert.equal(restored.localPort, localPort);
});

test('Undo opens a closed namespace again for all its holders, except one that was released since', async (t) => {
  const { manager, user, client, retained } = bench(t);
  const { id, localPort } = await manager.start(open('staging', 'demo'), user('detached', 'terminal'));
  await manager.start(open('staging', 'shop'), user('window'));
  await manager.start(open('staging', 'demo', 'shop'), user('both'));
  await manager.start(open('staging', 'demo'), user('released'));
  const undo = (...namespaces: readonly string[]) =>
    manager.restore(id, { id: 'other', kind: 'window' }, client, undefined, namespaces);
  await manager.stop(id, ['demo']);
  await manager.stop(id, ['nowhere']);
  await manager.release('released');
  assert.equal(manager.keepsHost, false);
  await assert.rejects(undo('nowhere'), coded('FORWARD_NOT_FOUND'));
  const restored = await undo('demo');
  assert.deepEqual([restored.id, restored.localPort, manager.keepsHost], [id, localPort, true]);
  assert.deepEqual(columns(restored.holders, 'id', 'namespaces'), [
    ['window', ['shop']],
    ['both', ['shop', 'demo']],
    ['detached', ['demo']],
  ]);
  await assert.rejects(undo('demo'), coded('FORWARD_NOT_FOUND'));
  assert.deepEqual(retained, ['owner']);
});

test('Undo of a closed namespace starts the gateway again on the same port if the gateway has ended since', async (t) => {
  const { manager, user, client } = bench(t);
  const { id, localPort } = await manager.start(open('staging', 'demo'), user('a', 'terminal'));
  await manager.start(open('staging', 'shop'), user('b'));
  await manager.stop(id, ['demo']);
  await manager.stop(id);
  const restored = await manager.restore(id, { id: 'c', kind: 'window' }, client, undefined, ['demo']);
  assert.deepEqual([restored.localPort, restored.specification.namespaces], [localPort, ['demo']]);
  assert.deepEqual(fieldOf(restored.holders, 'id'), ['a']);
  const both = await manager.restore(id, { id: 'c', kind: 'window' }, client);
  assert.deepEqual([both.id, both.specification.namespaces], [restored.id, ['demo', 'shop']]);
});

test('the secrets of programs outlive a stop and a host, and are shown to nobody', async (t) => {
  const { manager, user, client } = bench(t);
  const { id } = await manager.start(open('staging', 'demo'), user('a', 'terminal'));
  const password = secretOf(manager, id, 'demo');
  const asked = () => refusalOf(manager, password);
  assert.equal(await asked(), 'known');
  await manager.stop(id);
  await manager.restore(id, { id: 'x', kind: 'window' }, client);
  assert.equal(await asked(), 'known');
  const [kept] = manager.kept;
  assert.deepEqual(kept?.specification.secrets, [{ secret: password, namespaces: ['demo'] }]);
  assert.ok(!JSON.stringify(manager.list()).includes(password));
  const next = bench(t);
  await next.manager.start(kept?.specification ?? assert.fail(), next.user('a', 'terminal'));
  assert.equal(await refusalOf(next.manager, password), 'known');
  assert.equal(await refusalOf(next.manager, 'wrong'), 'wrong');
});

test('of many secrets, a successor gets those that programs use', async (t) => {
  const { manager, user } = bench(t);
  const { id, localPort = 0 } = await manager.start(open('staging', 'demo'), user('a', 'terminal'));
  const create = () => secretOf(manager, id);
  const kept = () => manager.kept[0]?.specification.secrets?.map(({ secret }) => secret) ?? [];
  const [unused, connected, used] = [create(), create(), create()] as const;
  const socket = net.connect(localPort, '127.0.0.1');
  t.after(() => socket.destroy());
  await login(socket, connected);
  const others = Array.from({ length: 197 }, create);
  assert.deepEqual(new Set(kept()), new Set([unused, connected, used, ...others]));
  assert.equal(await refusalOf(manager, used), 'known');
  create();
  assert.ok(!kept().includes(unused));
  const more = Array.from({ length: 197 }, create);
  assert.ok([connected, used, ...more].every((secret) => kept().includes(secret)));
  assert.equal(kept().length, 200);
  const next = bench(t);
  await next.manager.start(manager.kept[0]?.specification ?? assert.fail(), next.user('a', 'terminal'));
  assert.equal(await refusalOf(next.manager, connected), 'known');
});

test('Undo joins the gateway that somebody has opened in the same context since', async (t) => {
  const { manager, user, client, retained } = bench(t);
  const { id } = await manager.start(open('staging', 'demo'), user('a'));
  const password = secretOf(manager, id);
  await manager.stop(id);
  const next = await manager.start(open('staging', 'shop'), user('b'));
  const restored = await manager.restore(id, { id: 'a', kind: 'window' }, client);
  assert.deepEqual([restored.id, restored.localPort], [next.id, next.localPort]);
  assert.deepEqual(manager.list()[0]?.specification.namespaces, ['shop', 'demo']);
  assert.equal(manager.list().length, 1);
  assert.equal(await refusalOf(manager, password), 'known');
  assert.equal(retained.length, 1);
});

test('Undo keeps the plugin that was allowed since, and a restart takes over the one that it allows', async (t) => {
  const { manager, user, client } = bench(t);
  const terms = (allowed: string) => ({ folders: ['/ws'], named: [], allowed });
  const start = (namespace: string, allowed: string) => {
    const { context, ...others } = open('staging', namespace);
    return manager.start({ ...others, context: { ...context, plugins: terms(allowed) } }, user('a'));
  };
  for (const [sent, allowed] of [
    [undefined, 'new'],
    [terms('newest'), 'newest'],
  ] as const) {
    const { id } = await start('demo', 'old');
    await manager.stop(id);
    const next = await start('shop', 'new');
    const restored = await manager.restore(id, { id: 'a', kind: 'window' }, client, sent);
    assert.deepEqual([restored.id, restored.specification.context.plugins], [next.id, terms(allowed)]);
    await manager.stop(next.id);
  }
});

test('Undo adds the earlier holders to the gateway that somebody has opened since, except one that was released', async (t) => {
  const { manager, user, client } = bench(t);
  const { id } = await manager.start(open('staging', 'demo'), user('a', 'terminal'));
  await manager.start(open('staging', 'team'), user('b'));
  await manager.start(open('staging', 'left'), user('c'));
  await manager.stop(id);
  await manager.release('c');
  await manager.start(open('staging', 'shop'), user('b'));
  const restored = await manager.restore(id, { id: 'other', kind: 'window' }, client);
  assert.deepEqual(
    restored.holders.map((holder) => [holder.id, holder.kind, holder.namespaces]),
    [
      ['b', 'window', ['shop', 'team']],
      ['a', 'terminal', ['demo']],
    ],
  );
  assert.deepEqual(restored.specification.namespaces, ['shop', 'team', 'demo']);
  assert.ok(manager.keepsHost);
});

test('a restored gateway omits the namespaces of a holder that was released since its stop', async (t) => {
  const { manager, user, client } = bench(t);
  const { id } = await manager.start(open('staging', 'demo'), user('a'));
  await manager.start(open('staging', 'left'), user('b'));
  await manager.stop(id);
  await manager.release('b');
  const restored = await manager.restore(id, { id: 'other', kind: 'window' }, client);
  assert.deepEqual(restored.specification.namespaces, ['demo']);
});

test('two clients that open a context again after its port was in use share one gateway', async (t) => {
  const { manager, user } = bench(t);
  const other = await holdPort('127.0.0.1');
  const { port } = other;
  const wanted = { ...open('staging', 'demo'), localPort: { mode: 'exact', port } } as const;
  assert.equal((await manager.start(wanted, user('a'))).state.type, 'failed');
  await other[Symbol.asyncDispose]();
  const [first, second] = await Promise.all([
    manager.start(wanted, user('a')),
    manager.start({ ...wanted, namespaces: ['shop'] }, user('b')),
  ]);
  assert.deepEqual([first.state.type, second.id], ['ready', first.id]);
  assert.equal(manager.list().length, 1);
});

test('a failed gateway that another client starts again keeps its holders, secrets, logs and terms for plugins, except a released holder', async (t) => {
  const { manager, user } = bench(t);
  const other = await holdPort('127.0.0.1');
  const localPort = { mode: 'exact', port: other.port } as const;
  const plugins = { folders: ['/ws'], named: [], allowed: 'a' };
  const context = { ...open('staging').context, plugins };
  const failing = { ...open('staging', 'demo'), context, localPort, requestLog: 'metadata' } as const;
  const secrets = [{ secret: 'of a program', namespaces: [] }];
  const first = await manager.start({ ...failing, secrets }, user('a', 'terminal'));
  assert.equal(first.state.type, 'failed');
  await manager.start({ ...failing, namespaces: ['left'] }, user('b'));
  await manager.release('b');
  await other[Symbol.asyncDispose]();
  const again = await manager.start({ ...open('staging', 'shop'), localPort }, user('c'));
  assert.deepEqual(
    again.holders.map((holder) => [holder.id, holder.kind, holder.namespaces]),
    [
      ['a', 'terminal', ['demo']],
      ['c', 'window', ['shop']],
    ],
  );
  assert.deepEqual([again.state.type, again.requestLog], ['ready', 'metadata']);
  assert.deepEqual(again.specification.namespaces, ['demo', 'shop']);
  assert.deepEqual(again.specification.context.plugins, plugins);
  assert.equal(await refusalOf(manager, 'of a program'), 'known');
});

test('a gateway runs the plugin that was allowed last, also by a window without all its workspaces, and a restart keeps each workspace', async (t) => {
  const { manager, user, client, allowed } = bench(t);
  const wanted = (namespace: string, plugins: PluginTerms) => {
    const { context, ...others } = open('staging', namespace);
    return { ...others, context: { ...context, plugins } };
  };
  const workspace = { folders: ['/ws'], named: [] };
  const wider = { folders: ['/ws', '/more'], named: [], allowed: 'new' };
  /**
   * Runs an action, and returns the plugin that is allowed in the first access to the cluster that the action causes.
   */
  const firstAccess = async (action: () => Promise<unknown>) => {
    allowed.length = 0;
    await action();
    await eventually(() => allowed.length > 0, 'the access');
    return allowed[0];
  };
  const start = (namespace: string, plugins: PluginTerms) =>
    firstAccess(() => manager.start(wanted(namespace, plugins), user('a')));
  assert.equal(await start('demo', { ...workspace, allowed: 'old' }), 'old');
  assert.equal(await start('shop', wider), 'new');
  assert.equal(await start('team', { ...workspace, allowed: 'newer' }), 'newer', 'without a folder');
  assert.equal(await start('left', { folders: ['/ws', '/more'], named: [] }), 'newer', 'nothing allowed');
  const [{ id } = assert.fail()] = manager.list();
  const restart = (plugins?: PluginTerms) =>
    firstAccess(async () => {
      await manager.stop(id);
      allowed.length = 0;
      await manager.restore(id, { id: 'a', kind: 'window' }, client, plugins);
    });
  assert.equal(await restart(), 'newer', 'the same as before');
  assert.equal(await restart({ folders: ['/ws', '/second'], named: [] }), 'newer', 'nothing allowed');
  assert.equal(await restart({ ...workspace, allowed: 'restarted' }), 'restarted');
  const folders = ['/ws', '/more', '/second'];
  const terms = { folders, named: [], allowed: 'restarted' };
  assert.deepEqual(manager.list()[0]?.specification.context.plugins, terms);
});

test('a window allows a changed plugin after another window has added its workspace to the gateway', async (t) => {
  const { manager, user } = bench(t);
  const start = async (namespace: string, plugins: PluginTerms) => {
    const { context, ...others } = open('staging', namespace);
    return await manager.start({ ...others, context: { ...context, plugins } }, user('a'));
  };
  const first = { folders: ['/first'], named: ['/first.yaml'] };
  await start('demo', { ...first, allowed: 'before' });
  await start('shop', { folders: ['/second'], named: ['/second.yaml'] });
  const { specification } = await start('team', { ...first, allowed: 'now' });
  assert.deepEqual(specification.context.plugins, {
    folders: ['/first', '/second'],
    named: ['/first.yaml', '/second.yaml'],
    allowed: 'now',
  });
});

test('a window that uses a running gateway adds its workspace to the terms for plugins, except to a gateway without terms', async (t) => {
  const { manager, user, client } = bench(t);
  const start = async (plugins?: PluginTerms) => {
    const { context, ...others } = open('staging', 'demo');
    const wanted = { ...others, context: { ...context, ...(plugins && { plugins }) } };
    return await manager.start(wanted, user('a'));
  };
  const first = await start({ folders: ['/first'], named: [] });
  const second = { folders: ['/second'], named: [], allowed: 'a' };
  const { id, specification } = await start(second);
  assert.equal(id, first.id);
  const folders = ['/first', '/second'];
  assert.deepEqual(specification.context.plugins, { ...second, folders });
  await manager.stop(id);
  const third = { folders: ['/third'], named: [], allowed: 'b' };
  await start(third);
  const restored = await manager.restore(id, { id: 'a', kind: 'window' }, client);
  const all = ['/third', '/first', '/second'];
  assert.deepEqual(restored.specification.context.plugins, { ...third, folders: all }, 'Undo');
  await manager.stop(restored.id);
  await start();
  assert.equal((await start(second)).specification.context.plugins, undefined);
});

test('clients are told of connections that begin, end and are refused', async (t) => {
  const { manager, user } = bench(t, true);
  const { localPort = 0 } = await manager.start(open('staging', 'demo'), user('a'));
  let listed = manager.list();
  manager.onDidChange(() => {
    listed = manager.list();
  });
  const connect = (host: string) => {
    const socket = net.connect(localPort, '127.0.0.1').on('error', () => {});
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return socket;
  };
  const socket = connect('web.demo.localhost');
  const count = () => listed[0]?.services[0]?.openConnections;
  await eventually(() => count() === 1, 'clients to be told of the connection');
  socket.destroy();
  await eventually(() => count() === 0, 'clients to be told of its end');
  connect('foreign.example');
  await eventually(() => listed[0]?.lastConnectionError?.code === 'REQUEST_REFUSED', 'the reason');
});

/** Returns a new secret of a gateway, as programs get it in their proxy variables. */
function secretOf(manager: GatewayManager, id: string, ...namespaces: readonly string[]): string {
  const { variables } = manager.variables({ id, ...(namespaces.length > 0 && { namespaces }) }, {});
  return new URL(variables['HTTP_PROXY'] ?? '').password;
}

/** Returns whether the first gateway knows a password. */
async function refusalOf(manager: GatewayManager, password: string): Promise<'known' | 'wrong'> {
  const socket = net.connect(manager.list()[0]?.localPort ?? 0, '127.0.0.1');
  const status = await login(socket, password);
  socket.destroy();
  return status === 0 ? 'known' : 'wrong';
}

/** Sends a password in the SOCKS 5 protocol, and returns the status of the answer: 0 if the password is accepted. */
async function login(socket: net.Socket, password: string): Promise<number | undefined> {
  socket.write(Buffer.from([5, 1, 2]));
  assert.equal(await readHex(socket, 2), '0502');
  socket.write(Buffer.concat([Buffer.from([1, 0, password.length]), Buffer.from(password)]));
  return Buffer.from(await readHex(socket, 2), 'hex')[1];
}
