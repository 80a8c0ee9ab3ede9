import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { KubeAccess } from '../../../src/host/kubeAccess.ts';
import { RowSources } from '../../../src/host/rowSources.ts';
import type { ContextReference, ViewScope } from '../../../src/rpc/clustersContract.ts';
import { coded } from '../../support/coded.ts';
import type { TestEnd } from '../../support/demoForward.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { startHttpServer } from '../../support/httpServer.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const { signal } = new AbortController();

/** Returns access to the contexts of a kubeconfig. `replaced` counts the connections to clusters that were replaced. */
async function accessTo(t: TestEnd, kubeconfig: object) {
  const folder = await temporaryDirectory();
  t.after(async () => await folder[Symbol.asyncDispose]());
  const path = join(folder.path, 'config');
  await writeFile(path, JSON.stringify(kubeconfig));
  const access = new KubeAccess({ environment: {}, onPluginOutput: () => {}, clock: systemClock });
  t.after(() => access.dispose());
  let replaced = 0;
  access.onDidReplace(() => replaced++);
  const reference = (context: string): ContextReference => ({ kubeconfig: path, context });
  return { access, path, reference, replaced: () => replaced };
}

function kubeconfigOf(
  clusters: Readonly<Record<string, { server: string; user?: object; namespace?: string }>>,
) {
  const entries = Object.entries(clusters);
  return {
    clusters: entries.map(([name, { server }]) => ({ name, cluster: { server } })),
    users: entries.map(([name, { user = {} }]) => ({ name, user })),
    contexts: entries.map(([name, { namespace }]) => ({
      name,
      context: { cluster: name, user: name, ...(namespace && { namespace }) },
    })),
  };
}

const USERS: Readonly<Record<string, { server: string; user?: object }>> = {
  'plain HTTP': { server: 'http://127.0.0.1:1' },
  'plain HTTP and a token': { server: 'http://127.0.0.1:1', user: { token: 'abcdef' } },
  'no credentials': { server: 'https://127.0.0.1:1' },
  'a token': { server: 'https://127.0.0.1:1', user: { token: 'abcdef' } },
  'a password': { server: 'https://127.0.0.1:1', user: { username: 'me', password: 'secret' } },
  'a plugin': {
    server: 'https://127.0.0.1:1',
    user: {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'none', interactiveMode: 'Never' },
    },
  },
  'an auth-provider that is not supported': {
    server: 'https://127.0.0.1:1',
    user: { 'auth-provider': { name: 'gcp', config: {} } },
  },
  impersonation: { server: 'https://127.0.0.1:1', user: { token: 'abcdef', as: 'her', 'as-groups': ['g'] } },
};

for (const [how, cluster] of Object.entries(USERS)) {
  test(`a context with ${how} keeps its connection while its kubeconfig is unchanged`, async (t) => {
    const { access, reference, replaced } = await accessTo(t, kubeconfigOf({ only: cluster }));
    const first = await access.connect(reference('only'), signal);
    for (let i = 0; i < 5; i++) assert.equal(await access.connect(reference('only'), signal), first);
    assert.equal(replaced(), 0);
  });
}

const exec = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: './never-runs',
  interactiveMode: 'Never',
};
const UNNAMED_CLUSTER = [{ name: '', cluster: { server: 'https://127.0.0.1:1' } }];
/**
 * Kubeconfigs in which a name is empty or missing, with the context to connect to. The keys are part of the test
 * titles. The user of each kubeconfig has a credential plugin.
 */
const UNNAMED: Readonly<Record<string, readonly [context: string, kubeconfig: object]>> = {
  'the user': [
    'dev',
    {
      clusters: UNNAMED_CLUSTER,
      users: [{ name: '', user: { exec } }],
      contexts: [{ name: 'dev', context: {} }],
    },
  ],
  'the context': [
    '',
    {
      clusters: UNNAMED_CLUSTER,
      users: [{ name: 'me', user: { exec } }],
      contexts: [{ name: '', context: { user: 'me' } }],
    },
  ],
  'every entry except the current context': [
    '',
    {
      clusters: UNNAMED_CLUSTER,
      users: [{ user: { exec } }, { name: 'harmless' }],
      contexts: [{}, { name: 'dev', context: { user: 'harmless' } }],
      'current-context': 'dev',
    },
  ],
};

for (const [what, [context, kubeconfig]] of Object.entries(UNNAMED)) {
  test(`a plugin of the workspace needs permission if ${what} has an empty name`, async (t) => {
    const { access, path, reference } = await accessTo(t, kubeconfig);
    const plugins = { folders: [dirname(path)], named: [] };
    await assert.rejects(
      access.connect({ ...reference(context), plugins }, signal),
      coded('PLUGIN_NOT_ALLOWED', 'never-runs'),
    );
  });
}

test('an empty name means the context with this name, never the current context', async (t) => {
  const { clusters, users, contexts } = kubeconfigOf({ only: { server: 'https://127.0.0.1:1' } });
  const { access, reference } = await accessTo(t, { clusters, users, contexts, 'current-context': 'only' });
  await access.connect(reference('only'), signal);
  await assert.rejects(access.connect(reference(''), signal), coded('CONTEXT_NOT_FOUND', '""'));
});

test('more contexts than the limit of kept credentials keep their connections', async (t) => {
  const names = Array.from({ length: 150 }, (_, index) => `c${index}`);
  const clusters = Object.fromEntries(names.map((name) => [name, { server: `https://${name}.invalid` }]));
  const { access, reference, replaced } = await accessTo(t, kubeconfigOf(clusters));
  for (let round = 0; round < 2; round++) {
    for (const name of names) await access.connect(reference(name), signal);
  }
  assert.equal(replaced(), 0);
});

test('the buffers of a large list do not pile up until the garbage collector runs by itself', async (t) => {
  const item = `${JSON.stringify({ metadata: { name: 'web', annotations: { a: 'x'.repeat(60_000) } } })},`;
  const buffers = () => process.memoryUsage().arrayBuffers;
  const before = buffers();
  let most = 0;
  await using server = await startHttpServer((_request, response) => {
    let left = 480;
    const pour = () => {
      most = Math.max(most, buffers() - before);
      while (left > 0) if (!response.write(--left === 0 ? `${item.slice(0, -1)}]}` : item)) return;
      response.end();
    };
    response.on('drain', pour).write('{"metadata":{"resourceVersion":"1"},"items":[');
    pour();
  });
  const { access, reference } = await accessTo(t, kubeconfigOf({ only: { server: server.url.href } }));
  const { cluster } = await access.connect(reference('only'), signal);
  const { items } = await cluster.listPage('pods', { namespace: 'default', limit: 500 }, signal);
  assert.equal(items.length, 480);
  assert.ok(most < 20_000_000, `${most} bytes of 28 MB`);
});

test('a changed namespace of a context is noticed, and keeps the connection', async (t) => {
  const server = 'https://127.0.0.1:1';
  const { access, path, reference, replaced } = await accessTo(t, kubeconfigOf({ only: { server } }));
  const first = await access.connect(reference('only'), signal);
  await writeFile(path, JSON.stringify(kubeconfigOf({ only: { server, namespace: 'other' } })));
  const second = await access.connect(reference('only'), signal);
  assert.equal(second.namespace, 'other');
  assert.equal(second.cluster, first.cluster);
  assert.equal(replaced(), 0);
});

test('a context that leads elsewhere at each read gets one connection a second for all its views', async (t) => {
  const { access, reference } = await accessTo(t, kubeconfigOf({ only: { server: 'https://127.0.0.1:1' } }));
  let connects = 0;
  const changing = {
    onDidReplace: access.onDidReplace,
    signIn: access.signIn.bind(access),
    async connect(context: ContextReference, abort: AbortSignal) {
      const { namespace, ...connection } = await access.connect(context, abort);
      // Each connection after the first one reports that it has replaced the one before, as if the kubeconfig had
      // changed.
      if (++connects > 1) queueMicrotask(() => tell(context));
      return { ...connection, namespace };
    },
  };
  const listeners: ((context: ContextReference) => void)[] = [];
  const tell = (context: ContextReference) => {
    for (const listener of listeners) listener(context);
  };
  const clock = new FakeClock();
  const sources = new RowSources(
    {
      ...changing,
      onDidReplace: (listener) => {
        listeners.push(listener);
        return { dispose() {} };
      },
    },
    clock,
  );
  t.after(() => sources.dispose());
  const scopes: readonly ViewScope[] = [
    { type: 'namespaces', context: reference('only') },
    { type: 'pods', context: reference('only'), namespace: 'default', limit: 10 },
  ];
  const followed = scopes.map((scope) => sources.follow(scope, () => {}));
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(connects <= scopes.length * 2, `${connects} connections`);
  for (const follow of followed) follow.dispose();
});
