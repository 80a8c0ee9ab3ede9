import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { CancellationToken } from 'vscode';
import { CodedError } from '../../../../src/base/errors.ts';
import { Emitter } from '../../../../src/base/event.ts';
import { TOOLS } from '../../../../src/contributions.ts';
import { listContexts } from '../../../../src/rpc/clustersContract.ts';
import { listExchanges } from '../../../../src/rpc/exchanges.ts';
import { stopForward } from '../../../../src/rpc/forwardsContract.ts';
import '../../../support/fakeVscode.ts';
import { connector, host, window } from '../../../support/fakeWindow.ts';
import { contextRow, forward } from '../../../support/uiRows.ts';

const { invokeTool, prepareTool } = await import('../../../../src/ui/tools/tools.ts');
const { EntryStarter } = await import('../../../../src/ui/saved/entryStarter.ts');

const token = { onCancellationRequested: () => ({ dispose: () => {} }) } as unknown as CancellationToken;
const place = { context: 'dev', namespace: 'demo' };
const web = { ...place, target: 'pod/web', remotePort: 80 };
const gone = {
  code: 'TARGET_NOT_FOUND',
  arguments: { kind: 'pod', name: 'web', namespace: 'demo' },
} as const;

beforeEach(() => {
  host.contexts = { contexts: [contextRow('dev')], problems: [] };
});

function services() {
  const { contexts, forwards, gateways, ports } = window;
  const entries = new EntryStarter(contexts, forwards, gateways, ports);
  return Object.assign(window, { entries });
}

/** The text of the question before a tool; undefined if VS Code asks nothing. */
async function question(name: keyof typeof TOOLS, input: object): Promise<string | undefined> {
  const prepared = await prepareTool(services(), TOOLS[name], input);
  const message = prepared?.confirmationMessages?.message as { readonly value: string } | undefined;
  return message?.value.replaceAll('\\', '');
}

async function call<T>(name: keyof typeof TOOLS, input: object, given = token): Promise<T> {
  const { content } = await invokeTool(services(), TOOLS[name], input, given);
  return JSON.parse((content as { readonly value: string }[]).map(({ value }) => value).join(''));
}

test('an agent starts a forward after a question that names all of it, and stops it', async () => {
  assert.match(
    (await question('startForward', web)) ?? '',
    /^Port 80 of pod\/web in namespace demo, context dev \(cluster cluster\), to local port 8080 or another free port, reachable only from this machine$/,
  );
  const { id, state } = await call<{ id: string; state: string }>('startForward', web);
  assert.equal(state, 'ready');
  assert.equal(await question('stopForward', { id }), 'pod/web:80');
  assert.deepEqual(await call('stopForward', { id }), { stopped: id });
  assert.deepEqual(host.forwards, []);
});

test('an agent stops what only the user uses, and refuses what only others use', async () => {
  await connector.connect();
  const of = (kind: 'window' | 'task') => forward(kind, { holders: [{ id: kind, kind }] });
  host.setForwards([of('window'), of('task')]);
  assert.match(
    (await call<{ error: string }>('stopForward', { id: 'task' })).error,
    /^pod\/task:80 is in use by a task/,
  );
  await assert.rejects(question('stopForward', { id: 'task' }), /^Error: pod\/task:80 is in use by a task/);
  assert.deepEqual(await call('stopForward', { id: 'window' }), { stopped: 'window' });
});

test('a forward that an agent of another window also uses is released, and the agent learns who still uses it', async () => {
  const { id } = await call<{ id: string }>('startForward', web);
  const other = { id: 'other', kind: 'tool', window: 'blog' } as const;
  host.setForwards(host.forwards.map((one) => ({ ...one, holders: [...one.holders, other] })));
  const usedBy = 'a chat agent in window blog';
  assert.equal(
    await question('stopForward', { id }),
    `pod/web:80. It keeps running for its other users: ${usedBy}`,
  );
  assert.deepEqual(await call('stopForward', { id }), { stopped: false, usedBy });
  assert.deepEqual(host.forwardIds, [id]);
});

test('a forward of an agent that does not become ready is reported and leaves no row', async () => {
  const { startForward } = host;
  host.startForward = async (wanted, id) => ({
    ...(await startForward(wanted, id)),
    state: { type: 'failed', error: gone },
  });
  assert.equal((await call<{ state: string }>('startForward', web)).state, 'failed');
  assert.deepEqual(host.forwards, []);
});

test('an agent opens a namespace after a question, lists its names and closes it', async () => {
  assert.match(
    (await question('openNamespace', place)) ?? '',
    /^All services of namespace demo, context dev \(cluster cluster\), on one local port/,
  );
  const opened = await call<{ id: string; state: string }>('openNamespace', place);
  assert.equal(opened.state, 'ready');
  const [listed] = await call<{ id: string; services: unknown[] }[]>('listNames', {});
  assert.deepEqual(listed?.services, [
    {
      ...{ name: 'web.demo', url: 'http://web.demo.localhost:8900/', hasSelector: true },
      ...{ ports: [80], readyPods: 2, pods: 2 },
    },
  ]);
  assert.match((await question('stopForward', { id: opened.id })) ?? '', /^demo \(by name\)/);
  assert.deepEqual(await call('stopForward', { id: opened.id }), { stopped: opened.id });
  assert.deepEqual(await call('listNames', {}), []);
});

test('an agent gets neither an address nor ports of a service without a selector', async () => {
  await call('openNamespace', place);
  host.setGateways(
    host.gateways.map((gateway) => ({
      ...gateway,
      services: gateway.services.map((service) => ({ ...service, hasSelector: false })),
    })),
  );
  const [listed] = await call<{ services: unknown[] }[]>('listNames', {});
  assert.deepEqual(listed?.services, [
    { name: 'web.demo', hasSelector: false, ports: [], readyPods: 2, pods: 2 },
  ]);
});

test('a tool whose question cannot be asked does not run, even if it could run a moment later', async () => {
  host.contexts = { contexts: [], problems: [] };
  await assert.rejects(question('startForward', web), /^Error: Context "dev" not found/);
  host.setContexts({ contexts: [contextRow('dev')], problems: [] });
  assert.match((await question('startForward', web)) ?? '', /^Port 80 of pod\/web/);
  await connector.connect();
  await assert.rejects(question('stopForward', { id: '1' }), /^Error: Forward "1" no longer exists/);
  host.joinOrStart = () => Promise.reject(new CodedError('HOST_NOT_STARTED', { reason: 'disk full' }));
  host.die();
  await assert.rejects(question('openNamespace', place), /disk full/);
});

for (const [name, input] of [
  ['listTargets', {}],
  ['startForward', web],
  ['stopForward', { id: 'web' }],
  ['openNamespace', place],
  ['listRequests', {}],
] as const) {
  test(`${name} ends when it is cancelled while the host does not answer`, async () => {
    await connector.connect();
    host.setForwards([forward('web', { holders: [{ id: 'window', kind: 'window' }] })]);
    for (const { method } of [listContexts, stopForward, listExchanges])
      host.answers.set(method, () => new Promise(() => {}));
    const cancelled = new Emitter<void>();
    const given = { onCancellationRequested: cancelled.event } as unknown as CancellationToken;
    const called = call<{ error: string }>(name, input, given);
    cancelled.fire();
    assert.match((await called).error, /aborted/);
  });
}

for (const [name, input, sentence] of [
  ['startForward', {}, /^Specify "target"/],
  ['startForward', { ...web, context: '../x' }, /^Context "..\/x" not found/],
  ['startForward', { ...web, context: 'Dev' }, /^Context "Dev" not found/],
  ['startForward', { ...web, namespace: 'demo/../kube-system' }, /^Specify "namespace"/],
  ['startForward', { ...web, target: 'pod/web\u202e' }, /^Specify "target"/],
  ['startForward', { ...web, address: '0.0.0.0' }, /^This tool has no input "address"/],
  ['stopForward', { id: 'all' }, /^Forward "all" no longer exists/],
  ['openNamespace', { ...place, context: 'nowhere' }, /^Context "nowhere" not found/],
  ['listForwards', { context: 'dev' }, /^This tool has no input "context"/],
  ['listTargets', { context: 'nowhere' }, /^Context "nowhere" not found/],
  ['listTargets', { context: 'dev', namespace: 'nowhere' }, /^Namespace "nowhere" not found/],
] as const) {
  test(`${name} with ${JSON.stringify(input)} asks nobody, and tells the agent what it expects`, async () => {
    const asked = question(name, input);
    if (name.startsWith('list')) assert.equal(await asked, undefined);
    else await assert.rejects(asked, ({ message }: Error) => sentence.test(message));
    assert.match((await call<{ error: string }>(name, input)).error, sentence);
    assert.deepEqual([host.forwards, host.gateways], [[], []]);
  });
}
