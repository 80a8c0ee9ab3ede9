import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import { listContexts, openView, type ViewScope, viewChanged } from '../../../../src/rpc/clustersContract.ts';
import type { ListTargetsInput } from '../../../../src/ui/tools/toolInput.ts';
import { eventually } from '../../../support/eventually.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import '../../../support/fakeVscode.ts';
import { host, window } from '../../../support/fakeWindow.ts';
import { contextRow, forbidden, podRow } from '../../../support/uiRows.ts';

const { listTargets } = await import('../../../../src/ui/tools/listTargets.ts');
const namespaces = (...names: string[]) =>
  names.map((name) => ({ type: 'namespace', name, phase: 'Active' }) as const);

beforeEach(() => {
  host.contexts = {
    contexts: [contextRow('dev', { isCurrent: true, server: 'https://secret' })],
    problems: [],
  };
});

function list(input: ListTargetsInput, clock = new FakeClock()): Promise<unknown> {
  const { contexts, views } = window;
  return listTargets({ contexts, views }, input, AbortSignal.timeout(10_000), clock);
}

async function listPartly(input: ListTargetsInput) {
  return (await list(input)) as { found: unknown[]; omitted?: number; problems?: string[] };
}

test('the tool without input lists the contexts by name only', async () => {
  assert.deepEqual(await list({}), [{ context: 'dev', namespace: 'default', isCurrent: true }]);
});

test('the tool lists the namespaces of a context, and the targets of a namespace', async () => {
  host.rows = (scope) =>
    scope.type === 'namespaces'
      ? [{ type: 'namespace', name: 'demo', phase: 'Active' }]
      : scope.type === 'pods'
        ? [podRow('web'), podRow('dns', { ports: [{ number: 53, protocol: 'UDP' }] })]
        : [];
  assert.deepEqual(await list({ context: 'dev' }), [{ namespace: 'demo' }]);
  assert.deepEqual(await list({ context: 'dev', namespace: 'demo' }), [
    { target: 'pod/web', ports: [{ name: 'http', number: 80 }], status: 'Running' },
    { target: 'pod/dns', ports: [], status: 'Running' },
  ]);
  assert.deepEqual(await list({ context: 'dev', namespace: 'demo', filter: 'DN' }), [
    { target: 'pod/dns', ports: [], status: 'Running' },
  ]);
  assert.equal(host.openViews.size, 0);
});

test('a filter ignores case, for contexts and namespaces too', async () => {
  host.rows = () => [
    { type: 'namespace', name: 'demo', phase: 'Active' },
    { type: 'namespace', name: 'default', phase: 'Active' },
  ];
  assert.equal(((await list({ filter: 'DE' })) as unknown[]).length, 1);
  assert.deepEqual(await list({ filter: 'prod' }), []);
  assert.deepEqual(await list({ context: 'dev', filter: 'Dem' }), [{ namespace: 'demo' }]);
});

test('an empty namespace has no targets, and a missing one is an error', async () => {
  host.rows = (scope) =>
    scope.type === 'namespaces' ? [{ type: 'namespace', name: 'empty', phase: 'Active' }] : [];
  assert.deepEqual(await list({ context: 'dev', namespace: 'empty' }), []);
  await assert.rejects(list({ context: 'dev', namespace: 'demmo' }), (error) =>
    isCoded(error, 'NAMESPACE_NOT_FOUND'),
  );
  host.rows = (scope) =>
    scope.type === 'namespaces' ? { code: 'FORBIDDEN_CLUSTER_WIDE', arguments: {} } : [];
  assert.deepEqual(await list({ context: 'dev', namespace: 'demmo' }), [], 'nobody can tell');
});

test('the tool waits until the cluster has listed everything', async () => {
  let names = ['default'];
  let isLoaded = false;
  host.rows = ({ type }) => {
    host.isLoaded = isLoaded || type !== 'namespaces';
    return type === 'namespaces' ? namespaces(...names) : [];
  };
  const listed = Promise.all([list({ context: 'dev' }), list({ context: 'dev', namespace: 'demo' })]);
  await eventually(() => host.sent(openView).length === 5, 'the views');
  names = ['default', 'demo'];
  isLoaded = true;
  host.push();
  assert.deepEqual(await listed, [[{ namespace: 'default' }, { namespace: 'demo' }], []]);
});

test('a user who may list only pods gets the pods, and the agent learns what is missing', async () => {
  host.rows = ({ type }) => (type === 'pods' ? [podRow('web')] : forbidden('list', type));
  const { found, problems } = await listPartly({ context: 'dev', namespace: 'demo' });
  assert.deepEqual(found, [{ target: 'pod/web', ports: [{ name: 'http', number: 80 }], status: 'Running' }]);
  assert.match(
    problems?.join('\n') ?? '',
    /^User "me" cannot list services .+\nUser "me" cannot list workloads /,
  );
});

test('if a list takes too long, the agent gets the other lists, and learns which one is missing', async () => {
  const clock = new FakeClock();
  for (const rows of [[podRow('web')], []]) {
    host.rows = ({ type }) => {
      host.isLoaded = type === 'pods' || type === 'workloads';
      return type === 'pods' ? rows : [];
    };
    const before = host.sent(openView).length;
    const listed = list({ context: 'dev', namespace: 'demo' }, clock);
    const isWaiting = (count: number) =>
      host.sent(openView).length === before + count && host.openViews.size === 1;
    await eventually(() => isWaiting(3), 'the complete lists');
    clock.advance(45_000);
    if (rows.length === 0) {
      await eventually(() => isWaiting(4), 'the check of the namespace');
      clock.advance(10_000);
    }
    const { found, problems } = (await listed) as { found: unknown[]; problems?: string[] };
    assert.equal(found.length, rows.length);
    assert.match(problems?.join('\n') ?? '', /^services of dev did not respond within 45 s: [^\n]+$/);
    assert.equal(host.openViews.size, 0);
  }
});

test('the time that the host needs to list the contexts counts for the time limit of the lists', async () => {
  const clock = new FakeClock();
  const contexts = Promise.withResolvers<void>();
  host.answers.set(listContexts.method, () => contexts.promise.then(() => host.contexts));
  host.rows = ({ type }) => {
    host.isLoaded = type === 'pods';
    return type === 'pods' ? [podRow('web')] : [];
  };
  const listed = list({ context: 'dev', namespace: 'demo' }, clock) as Promise<{ found: unknown[] }>;
  await eventually(() => host.requests.some(({ method }) => method === listContexts.method), 'the contexts');
  clock.advance(40_000);
  contexts.resolve();
  await eventually(() => host.sent(openView).length === 3 && host.openViews.size === 2, 'the complete list');
  clock.advance(5_000);
  assert.equal((await listed).found.length, 1);
});

test('rows are listed together with an error, and a namespace that may be among the missing rows causes no error', async () => {
  const error = { code: 'UNUSABLE_OBJECTS', arguments: { server: 'https://api', count: 1 } } as const;
  host.answers.set(openView.method, ({ viewId, scope }: { viewId: number; scope: ViewScope }) => {
    const rows = scope.type === 'namespaces' ? namespaces('default') : [];
    host.notify(viewChanged, {
      ...{ viewId, rows, matching: rows.length, total: rows.length, isLoaded: true },
      ...(scope.type === 'namespaces' && { error }),
    });
  });
  const { found, problems } = await listPartly({ context: 'dev' });
  assert.deepEqual(found, [{ namespace: 'default' }]);
  assert.match(problems?.join('\n') ?? '', /https:\/\/api/);
  assert.deepEqual(await list({ context: 'dev', namespace: 'demo' }), []);
});

test('an agent learns which kubeconfig cannot be read, and how many objects it does not get', async () => {
  const error = { code: 'KUBECONFIG_INVALID', arguments: { path: '/k/bad', line: 3, reason: 'no' } } as const;
  host.contexts = { ...host.contexts, problems: [{ kubeconfig: '/k/bad', error }] };
  const { problems } = await listPartly({});
  assert.match(problems?.join('\n') ?? '', /\/k\/bad, line 3/);
  host.rows = ({ type }) =>
    type === 'pods' ? Array.from({ length: 103 }, (_, index) => podRow(`web-${index}`)) : [];
  const { found, omitted } = await listPartly({ context: 'dev', namespace: 'demo' });
  assert.deepEqual([found.length, omitted], [100, 3]);
});

test('a context that several clusters have is an error', async () => {
  const other = contextRow('dev', { kubeconfig: '/k/other', server: 'https://other' });
  host.contexts = { contexts: [contextRow('dev'), other], problems: [] };
  await assert.rejects(list({ context: 'dev' }), (error) => isCoded(error, 'CONTEXT_AMBIGUOUS'));
});

test('an unknown context and a refusal of the cluster are errors', async () => {
  await assert.rejects(list({ context: 'prod' }), (error) => isCoded(error, 'CONTEXT_NOT_FOUND'));
  host.rows = () => ({ code: 'TIMED_OUT', arguments: { server: 'https://api', seconds: 5 } });
  await assert.rejects(list({ context: 'dev', namespace: 'demo' }), (error) => isCoded(error, 'TIMED_OUT'));
  assert.equal(host.openViews.size, 0);
});

test('a failure to list the contexts is an error, not a lack of contexts', async () => {
  host.joinOrStart = () => Promise.reject(new CodedError('HOST_NOT_STARTED', { reason: 'disk full' }));
  for (const input of [{}, { context: 'dev' }]) {
    await assert.rejects(list(input), (error) => isCoded(error, 'HOST_NOT_STARTED'));
  }
});

test('the tool ends when it is cancelled, and then watches nothing', async () => {
  const abort = new AbortController();
  host.rows = () => {
    abort.abort(new Error('cancelled'));
    return [];
  };
  await assert.rejects(
    listTargets({ contexts: window.contexts, views: window.views }, { context: 'dev' }, abort.signal),
    /cancelled/,
  );
});
