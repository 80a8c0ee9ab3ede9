import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { ExtensionKind } from 'vscode';
import { gatewayVariables, startGateway } from '../../../../src/rpc/gatewayContract.ts';
import type { HolderKind } from '../../../../src/rpc/holdersContract.ts';
import { events, fake } from '../../../support/fakeVscode.ts';
import { connector, gateways, host, window } from '../../../support/fakeWindow.ts';
import { gateway } from '../../../support/uiRows.ts';

const { namespaceTerminal } = await import('../../../../src/ui/terminals/namespaceTerminal.ts');

/** `ExtensionKind.Workspace`, as a number because there is no real VS Code here. */
const KIND: ExtensionKind = 2;
const variables = { HTTP_PROXY: 'http://kube:secret@127.0.0.1:8900' };

beforeEach(async () => {
  host.answers.set(gatewayVariables.method, () => ({ variables, secret: 'secret' }));
  await connector.connect();
});

afterEach(() => {
  // The command waits until VS Code opens its terminal. Ends that wait in tests that open none.
  events.openTerminal.fire({ creationOptions: { name: 'demo (Kubernetes)' }, show: () => {} });
});

/** Opens a terminal in the namespace `demo`, which a holder of this kind (for example a window) keeps open. */
async function openTerminal(kind: HolderKind) {
  host.setGateways([gateway(['demo'], { holders: [{ id: 'other', kind, namespaces: ['demo'] }] })]);
  fake.nextPick = 'demo';
  const services = { gateways } as unknown as Parameters<typeof namespaceTerminal>[0];
  return await namespaceTerminal(services, KIND);
}

test('a terminal in a namespace that a person has opened has its variables', async () => {
  const { options } = await openTerminal('window');
  assert.deepEqual(
    [options.name, (options as { readonly env: unknown }).env],
    ['demo (Kubernetes)', variables],
  );
  assert.deepEqual(host.sent(startGateway), []);
});

test('a terminal is shown when it opens, because VS Code leaves a hidden panel hidden, and no other terminal is', async () => {
  const shown: string[] = [];
  const open = (name: string | undefined) =>
    events.openTerminal.fire({ creationOptions: { name }, show: () => shown.push(name ?? '') });
  const { options } = await openTerminal('window');
  for (const name of ['another', options.name, options.name]) open(name);
  assert.deepEqual(shown, ['demo (Kubernetes)']);
});

test('a terminal in a namespace that only a task has opened keeps it open when the task ends', async () => {
  await openTerminal('task');
  assert.equal(host.sent(startGateway).length, 1);
  const kinds = host.gateways[0]?.holders.map(({ kind }) => kind);
  assert.deepEqual(kinds, ['task', 'window']);
});

test('a terminal says why there is no context to choose', async (t) => {
  const services = {
    ...{ gateways, contexts: window.contexts },
    views: window.views,
  } as unknown as Parameters<typeof namespaceTerminal>[0];
  const error = { code: 'KUBECONFIG_INVALID', arguments: { path: '/config', reason: 'odd' } } as const;
  const before = process.env['KUBECONFIG'];
  t.after(() => {
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
  });
  for (const [kubeconfig, problems, message] of [
    [import.meta.filename, [{ kubeconfig: '', error }], /\/config.*odd/],
    [import.meta.filename, [], /^Kubeconfig .+ has no contexts/],
    [`${import.meta.filename}.gone`, [], /^No kubeconfig found: .*\.gone$/],
  ] as const) {
    process.env['KUBECONFIG'] = kubeconfig;
    host.contexts = { contexts: [], problems };
    await assert.rejects(namespaceTerminal(services, KIND), { message });
  }
});

test('a terminal says nothing if the user cancels', async () => {
  await openTerminal('window');
  fake.nextPick = undefined;
  const services = { gateways } as unknown as Parameters<typeof namespaceTerminal>[0];
  await assert.rejects(namespaceTerminal(services, KIND), { message: '' });
});
