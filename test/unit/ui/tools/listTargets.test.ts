import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CodedError, isCoded } from '../../../../src/base/errors.ts';
import { listTargets } from '../../../../src/ui/tools/listTargets.ts';
import type { ListTargetsInput } from '../../../../src/ui/tools/toolInput.ts';
import { host, window } from '../../../support/fakeWindow.ts';
import { contextRow, podRow } from '../../../support/uiRows.ts';

beforeEach(() => {
  host.contexts = {
    contexts: [contextRow('dev', { isCurrent: true, server: 'https://secret' })],
    problems: [],
  };
});

function list(input: ListTargetsInput): Promise<unknown> {
  return listTargets({ contexts: window.contexts, views: window.views }, input, AbortSignal.timeout(10_000));
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
