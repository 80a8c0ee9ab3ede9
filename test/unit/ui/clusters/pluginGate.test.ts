import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { beforeEach, test } from 'node:test';
import { isCoded } from '../../../../src/base/errors.ts';
import {
  type ContextReference,
  type ContextRow,
  listPorts,
  openView,
} from '../../../../src/rpc/clustersContract.ts';
import {
  listForwards,
  type RestartForward,
  restartForward,
  startForward,
} from '../../../../src/rpc/forwardsContract.ts';
import { restoreGateway, type StartGateway, startGateway } from '../../../../src/rpc/gatewayContract.ts';
import { PluginGate } from '../../../../src/ui/clusters/pluginGate.ts';
import { contextRow, specification, target } from '../../../support/uiRows.ts';

const kubeconfig = resolve('/ws/config');
const planted = contextRow('dev', { kubeconfig, files: [kubeconfig], plugin: '/ws/evil', identity: 'a' });
const reference = { kubeconfig, context: 'dev' };
const view = { viewId: 1, scope: { type: 'namespaces', context: reference } };
const start = specification('web', { target: target('web', { context: reference }) });

let rows: readonly ContextRow[];
/** The contexts that the gate finds only when it loads the list of the host again. */
let listed: readonly ContextRow[];
/** The contexts that the host lists now, if the window has not learnt of a change yet. */
let current: readonly ContextRow[] | undefined;
let asked: string[];
let answer: () => Promise<boolean>;
let stored: Map<string, unknown>;
let folders: readonly string[];
/** The context of the forward `1`. */
let ofForward: ContextReference;
let gate: PluginGate;

beforeEach(() => {
  rows = [planted];
  listed = [];
  current = undefined;
  asked = [];
  answer = () => Promise.resolve(true);
  stored = new Map();
  folders = [resolve('/ws')];
  ofForward = reference;
  gate = new PluginGate({
    contexts: {
      find: ({ context }) => rows.find((row) => row.context === context),
      update: async () => {
        rows = current ?? rows;
      },
      load: async () => {
        rows = [...rows, ...listed];
        return { type: 'known', snapshot: { contexts: rows, problems: [] } };
      },
    },
    places: () => ({ folders, named: [], own: [] }),
    contextOfForward: (id) => (id === '1' ? ofForward : undefined),
    memory: {
      get: <T>(key: string, fallback: T) => (stored.get(key) as T | undefined) ?? fallback,
      update: async (key: string, value: unknown) => void stored.set(key, value),
    },
    ask: ({ tokenFile, plugin = '' }) => {
      asked.push(tokenFile ?? plugin);
      return answer();
    },
  });
});

test('the first request that would run a program of the workspace asks, and the next ones pass', async () => {
  await gate.pass(openView.method, view);
  await gate.pass(listPorts.method, start.target);
  await gate.pass(startForward.method, start);
  assert.deepEqual(asked, ['/ws/evil']);
});

test('a request that would send a token file of the workspace asks, and a no refuses it', async () => {
  const { plugin: _, ...without } = planted;
  rows = [{ ...without, tokenFile: '/home/me/secret' }];
  answer = () => Promise.resolve(false);
  await assert.rejects(gate.pass(openView.method, view), (error) => isCoded(error, 'TOKEN_FILE_NOT_ALLOWED'));
  answer = () => Promise.resolve(true);
  const { target: sent } = await gate.pass(startForward.method, start);
  assert.equal(sent.context.plugins?.allowed, 'a');
  assert.deepEqual(asked, ['/home/me/secret', '/home/me/secret']);
  rows = [{ ...without, tokenFile: '/home/me/secret', kubeconfig: resolve('/home/config'), files: [] }];
  await gate.pass(startForward.method, start);
  assert.equal(asked.length, 2, "the user's own kubeconfig");
});

test('a token file that has become a link to another file since the contexts were listed asks again', async () => {
  const { plugin: _, ...without } = planted;
  rows = [{ ...without, tokenFile: '/ws/token' }];
  await gate.pass(startForward.method, start);
  current = [{ ...without, tokenFile: '/home/me/secret', identity: 'b' }];
  const { plugins } = await gate.pass(restartForward.method, { id: '1' } as RestartForward);
  assert.deepEqual(asked, ['/ws/token', '/home/me/secret']);
  assert.equal(plugins?.allowed, 'b');
});

test('a restart of a gateway asks and sends the permission, and an undo does neither', async () => {
  const restore = { id: '1', holder: { id: 'a', kind: 'window' as const } };
  assert.equal(await gate.pass(restoreGateway.method, restore), restore);
  assert.deepEqual(asked, []);
  const sent = await gate.pass(restoreGateway.method, { ...restore, context: reference as ContextReference });
  assert.deepEqual(asked, ['/ws/evil']);
  assert.equal(sent.context.plugins?.allowed, 'a');
});

test('another program or server asks again', async () => {
  await gate.pass(startForward.method, start);
  rows = [{ ...planted, identity: 'b' }];
  await gate.pass(startForward.method, start);
  assert.equal(asked.length, 2);
});

test('simultaneous requests share a question; a no refuses them all, and does not last', async () => {
  const { promise, resolve: say } = Promise.withResolvers<boolean>();
  answer = () => promise;
  const requests = [gate.pass(openView.method, view), gate.pass(startForward.method, start)];
  say(false);
  for (const outcome of await Promise.allSettled(requests)) {
    assert.ok(outcome.status === 'rejected' && isCoded(outcome.reason, 'PLUGIN_NOT_ALLOWED'));
  }
  assert.equal(asked.length, 1);
  assert.equal(stored.size, 0);
  answer = () => Promise.resolve(true);
  await gate.pass(startForward.method, start);
  assert.equal(asked.length, 2);
});

test("the user's own programs, contexts without one, and other requests do not ask", async () => {
  rows = [{ ...planted, kubeconfig: resolve('/home/config'), files: [] }];
  await gate.pass(startForward.method, start);
  const { plugin: _, ...without } = planted;
  rows = [without];
  await gate.pass(startForward.method, start);
  rows = [planted];
  await gate.pass(listForwards.method, undefined);
  assert.deepEqual(asked, []);
});

test('requests carry the allowed programs and the workspace, even if the context runs no program yet', async () => {
  const terms = { folders: [resolve('/ws')], named: [] };
  rows = [contextRow('dev', { kubeconfig, files: [kubeconfig], identity: 'a' })];
  assert.deepEqual((await gate.pass(openView.method, view)).scope, {
    type: 'namespaces',
    context: { ...reference, plugins: terms },
  });
  rows = [planted];
  const allowed = { ...terms, allowed: 'a' };
  assert.deepEqual((await gate.pass(listPorts.method, start.target)).context, {
    ...reference,
    plugins: allowed,
  });
  assert.deepEqual((await gate.pass(startForward.method, start)).target.context.plugins, allowed);
  const names: Pick<StartGateway, 'context'> = { context: reference };
  assert.deepEqual((await gate.pass(startGateway.method, names)).context.plugins, allowed);
  assert.deepEqual(asked, ['/ws/evil']);
});

test('a restart asks about the program that its context runs now', async () => {
  rows = [{ ...planted, identity: 'b' }];
  assert.deepEqual(await gate.pass(restartForward.method, { id: '1' }), {
    id: '1',
    plugins: { folders: [resolve('/ws')], named: [], allowed: 'b' },
  });
  assert.equal(asked.length, 1);
  answer = () => Promise.resolve(false);
  rows = [{ ...planted, identity: 'c' }];
  await assert.rejects(gate.pass(restartForward.method, { id: '1' }), (error) =>
    isCoded(error, 'PLUGIN_NOT_ALLOWED'),
  );
  assert.deepEqual(await gate.pass(restartForward.method, { id: 'gone' }), { id: 'gone' });
});

test('a request before the contexts are listed loads them, and asks about or sends what the user allowed', async () => {
  rows = [];
  listed = [planted];
  answer = () => Promise.resolve(false);
  await assert.rejects(gate.pass(restartForward.method, { id: '1' }), (error) =>
    isCoded(error, 'PLUGIN_NOT_ALLOWED'),
  );
  assert.deepEqual(asked, ['/ws/evil']);
  rows = [];
  stored.set('allowedPlugins', ['a']);
  const { plugins } = await gate.pass<RestartForward>(restartForward.method, { id: '1' });
  assert.equal(plugins?.allowed, 'a');
  rows = [];
  assert.equal((await gate.pass(startForward.method, start)).target.context.plugins?.allowed, 'a');
  assert.equal(asked.length, 1);
});

test('a restart in a context that is not listed keeps the terms of its forward, as does a start that has terms', async () => {
  rows = [];
  assert.deepEqual(await gate.pass(restartForward.method, { id: '1' }), { id: '1' });
  const plugins = { folders: [resolve('/other')], named: [], allowed: 'b' };
  const moved = specification('web', { target: target('web', { context: { ...reference, plugins } }) });
  assert.deepEqual(await gate.pass(startForward.method, moved), moved);
});

test("a start that has the terms of another window adds this window's workspace, and replaces only what is allowed here", async () => {
  const plugins = { folders: [resolve('/other')], named: [resolve('/other.yaml')], allowed: 'b' };
  const moved = specification('web', { target: target('web', { context: { ...reference, plugins } }) });
  const sent = async () => (await gate.pass(startForward.method, moved)).target.context.plugins;
  rows = [{ ...planted, kubeconfig: resolve('/home/config'), files: [] }];
  const added = { ...plugins, folders: [resolve('/other'), resolve('/ws')] };
  assert.deepEqual(await sent(), added);
  assert.deepEqual(asked, []);
  rows = [planted];
  assert.deepEqual(await sent(), { ...added, allowed: 'a' });
});

test('a restart asks about a program of the workspace of another window that uses the forward, unless it is allowed', async () => {
  const restart = async () =>
    (await gate.pass(restartForward.method, { id: '1' } as RestartForward)).plugins?.allowed;
  for (const own of [[], [resolve('/own')]]) {
    folders = own;
    stored.clear();
    asked = [];
    for (const places of [
      { folders: [resolve('/ws')], named: [] },
      { folders: [], named: [kubeconfig] },
    ]) {
      ofForward = { ...reference, plugins: { ...places, allowed: 'a' } };
      assert.equal(await restart(), undefined);
    }
    assert.deepEqual(asked, []);
    ofForward = { ...reference, plugins: { folders: [resolve('/ws')], named: [], allowed: 'before' } };
    answer = () => Promise.resolve(false);
    await assert.rejects(restart(), (error) => isCoded(error, 'PLUGIN_NOT_ALLOWED'));
    answer = () => Promise.resolve(true);
    assert.deepEqual([await restart(), await restart()], ['a', 'a']);
    assert.deepEqual(asked, ['/ws/evil', '/ws/evil']);
  }
});

test('a restart notices that a token file of the workspace of another window has become a link to another file', async () => {
  const { plugin: _, ...without } = planted;
  folders = [];
  rows = [{ ...without, tokenFile: '/ws/token' }];
  current = [{ ...without, tokenFile: '/home/me/secret', identity: 'b' }];
  ofForward = { ...reference, plugins: { folders: [resolve('/ws')], named: [], allowed: 'a' } };
  const { plugins } = await gate.pass(restartForward.method, { id: '1' } as RestartForward);
  assert.deepEqual(asked, ['/home/me/secret']);
  assert.equal(plugins?.allowed, 'b');
});

test('a forward or gateway of a terminal starts again as in the terminal if its context is not listed', async () => {
  rows = [];
  const holder = { id: '1', kind: 'terminal' } as const;
  const forward = { ...start, holder };
  assert.equal(await gate.pass(startForward.method, forward), forward);
  const gateway = { context: reference, holder };
  assert.equal(await gate.pass(startGateway.method, gateway), gateway);
  const restart = { id: '1', context: reference, holder: { id: '2', kind: 'window' } };
  assert.equal(await gate.pass(restoreGateway.method, restart), restart);
  rows = [planted];
  assert.equal((await gate.pass(startForward.method, forward)).target.context.plugins?.allowed, 'a');
});

test('a start in a context that is not listed allows no program of the workspace', async () => {
  rows = [];
  stored.set('allowedPlugins', ['a']);
  const own = { ...start, holder: { id: '1', kind: 'window' } };
  const { target: sent } = await gate.pass(startForward.method, own);
  assert.deepEqual(sent.context.plugins, { folders: [resolve('/ws')], named: [] });
});
