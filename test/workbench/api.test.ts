import assert from 'node:assert/strict';
import type { PortForwardInfo } from '../../src/ui/api/portForwardApi.ts';
import { waitFor } from './harness/limits.ts';
import { answerDialog } from './support/answerDialog.ts';
import { COMPANION, Companion, KUBERNETES_EXPLORER } from './support/companion.ts';
import { fetchText, freePort, isRefused } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const companion = new Companion(folder.path);
const web = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };

const { check } = scenario('api', {
  cluster: {},
  workbench: {
    folder: folder.path,
    others: [COMPANION, KUBERNETES_EXPLORER],
    settings: { 'chat.disableAIFeatures': false },
  },
});

check('another extension starts a forward, follows it, and stops it', async ({ window }) => {
  await window.openView('Port Forward');
  await companion.ready();
  assert.deepEqual(await companion.call('version'), { version: 1, isFrozen: true });
  assert.deepEqual(await companion.call('list'), []);
  const localPort = await freePort();
  await companion.call('start', { key: 'web', request: { ...web, localPort, label: 'Companion' } });
  const info = await companion.call<PortForwardInfo>('ready', 'web');
  const { id, pod, ...rest } = info;
  assert.match(pod ?? '', /^web-/);
  assert.deepEqual(rest, { ...web, state: 'ready', address: 'localhost', localPort, label: 'Companion' });
  assert.match(await fetchText(localPort), /<!doctype html>/);
  assert.deepEqual(
    (await companion.call<PortForwardInfo[]>('list')).map((listed) => listed.id),
    [id],
  );
  await window.tree('Forwards').row(/^Companion, forwarded to localhost:\d+, ready/);
  assert.ok((await companion.call<number>('changes')) > 0);
  await companion.call('stop', 'web');
  assert.equal(await isRefused(localPort), true);
  assert.equal(await companion.call('info', 'web'), null);
  await nothingListed();
});

check('errors have a code and a sentence', async () => {
  await companion.call('start', { key: 'bad', request: { ...web, target: 'service/missing' } });
  await assert.rejects(companion.call('ready', 'bad'), { code: 'TARGET_NOT_FOUND' });
  await companion.call('stop', 'bad');
  await companion.call('start', { key: 'odd', request: { ...web, target: '../secrets' } });
  await assert.rejects(companion.call('ready', 'odd'), {
    code: 'USAGE',
    message: /"target" must be TYPE\/NAME/,
  });
  await companion.call('start', { key: 'nowhere', request: { ...web, context: 'nowhere' } });
  await assert.rejects(companion.call('ready', 'nowhere'), { code: 'CONTEXT_NOT_FOUND' });
});

check('the signal of a request stops a forward, before it is ready and after', async () => {
  const [first, second] = [await freePort(), await freePort()];
  await assert.rejects(companion.call('startAndAbort', { ...web, localPort: first }), {
    message: 'the companion no longer wants it',
  });
  await companion.call('start', { key: 'late', request: { ...web, localPort: second } });
  await companion.call('ready', 'late');
  await companion.call('abort', 'late');
  await waitFor('both ports to be free', async () =>
    (await isRefused(first)) && (await isRefused(second)) ? true : undefined,
  );
  await nothingListed();
});

check('an agent finds targets and starts a forward once the user agrees', async ({ window }) => {
  assert.deepEqual(
    new Set(await companion.call<string[]>('tools')),
    new Set([
      'kubePortForward_listTargets',
      'kubePortForward_listNames',
      'kubePortForward_openNamespace',
      'kubePortForward_listForwards',
      'kubePortForward_listRequests',
      'kubePortForward_startForward',
      'kubePortForward_stopForward',
    ]),
  );
  const contexts = await tool<{ context: string }[]>('listTargets', {});
  assert.ok(contexts.some(({ context }) => context === 'demo-admin'));
  const namespaces = await tool<{ namespace: string }[]>('listTargets', { context: 'demo-admin' });
  assert.ok(namespaces.some(({ namespace }) => namespace === 'demo'));
  const place = { context: 'demo-admin', namespace: 'demo' };
  const targets = await tool<{ target: string; ports: unknown }[]>('listTargets', {
    ...place,
    filter: 'web',
  });
  assert.deepEqual(targets.find(({ target }) => target === 'service/web')?.ports, [
    { name: 'http', number: 80 },
  ]);
  const localPort = await freePort();
  const started = tool<PortForwardInfo>('startForward', { ...web, localPort });
  const text = await answerDialog(window, 'Yes');
  assert.match(
    text,
    /Port 80 of service\/web in namespace demo, context demo-admin \(cluster .+\), to local port \d+, reachable only from this machine/,
  );
  const { id, state } = await started;
  assert.equal(state, 'ready');
  assert.match(await fetchText(localPort), /<!doctype html>/);
  const listed = await tool<PortForwardInfo[]>('listForwards', {});
  assert.deepEqual(
    listed.map((forward) => forward.localPort),
    [localPort],
  );
  const stopped = tool('stopForward', { id });
  await answerDialog(window, 'Yes');
  await stopped;
  assert.equal(await isRefused(localPort), true);
});

check('an agent cannot use unknown contexts, and the user is not asked', async () => {
  const failed = await tool<{ error: string }>('startForward', { ...web, context: 'nowhere' });
  assert.match(failed.error, /^Context "nowhere" not found/);
});

check('an agent with wrong input is told the expected input, and leaves no row', async ({ window }) => {
  for (const [name, input, sentence] of ODD_INPUTS) {
    const { error } = await tool<{ error: string }>(name, input);
    assert.match(error, sentence, `${name} ${JSON.stringify(input)}`);
  }
  for (const guess of [{ target: 'service/missing' }, { remotePort: 'nothing' }, { namespace: 'nowhere' }]) {
    const failed = tool<PortForwardInfo>('startForward', { ...web, ...guess });
    await answerDialog(window, 'Yes');
    assert.equal((await failed).state, 'failed');
  }
  const unknown = { context: 'demo-admin', namespace: 'nowhere' };
  assert.match(
    (await tool<{ error: string }>('listTargets', unknown)).error,
    /^Namespace "nowhere" not found/,
  );
  await nothingListed();
});

check('an invalid request of an extension rejects and names the field', async () => {
  for (const [request, message] of [
    [undefined, /requires an object/],
    [{ ...web, port: 80 }, /has no option "port"/],
    [{ ...web, remotePort: '80' }, /"remotePort" must be a number from 1 to 65535 without quotes/],
    [{ ...web, label: 7 }, /"label" must be a string/],
    [{ ...web, signal: 'stop' }, /"signal" must be an AbortSignal/],
  ] as const) {
    await assert.rejects(companion.call('startRaw', request), { code: 'USAGE', message });
  }
});

check("a service of the Kubernetes extension's tree is forwarded", async ({ window }) => {
  await window.openView('Explorer');
  const tree = window.tree('Kubernetes Clusters');
  await window.page.locator('.pane-header[aria-label="Kubernetes Clusters Section"]').click();
  await tree.row('service web');
  await tree.runFromContextMenu('service web', 'Forward Port without kubectl...');
  await window.notifications.waitFor(/Forwarding localhost:\d+ → service\/web:80/);
});

/** Guesses of agents: a tool, its input, and the sentence of the answer. Nobody is asked. */
const ODD_INPUTS: readonly (readonly [tool: string, input: object, sentence: RegExp])[] = [
  ['startForward', {}, /^Specify "target"/],
  ['startForward', [], /^The input must be an object/],
  ['startForward', { target: 'service/web', remotePort: 80 }, /^Specify "context"/],
  ['startForward', { ...web, context: '  ' }, /^Specify "context"/],
  ['startForward', { ...web, context: ['demo-admin'] }, /^Specify "context"/],
  ['startForward', { ...web, context: '../x' }, /^Context "..\/x" not found/],
  ['startForward', { ...web, context: 'Demo-Admin' }, /^Context "Demo-Admin" not found/],
  ['startForward', { ...web, namespace: undefined }, /^Specify "namespace"/],
  ['startForward', { ...web, namespace: 'demo/../kube-system' }, /^Specify "namespace"/],
  ['startForward', { ...web, target: 'service/' }, /^Specify "target"/],
  ['startForward', { ...web, target: 'ingress/web' }, /^Specify "target"/],
  ['startForward', { ...web, target: 'pod/web\u202e' }, /^Specify "target"/],
  ['startForward', { ...web, target: 'pod/web?force=true' }, /^Specify "target"/],
  ['startForward', { ...web, remotePort: '99999' }, /^Specify "remotePort"/],
  ['startForward', { ...web, remotePort: 0 }, /^Specify "remotePort"/],
  ['startForward', { ...web, remotePort: '8080:80' }, /^Specify "remotePort"/],
  ['startForward', { ...web, remotePort: { number: 80 } }, /^Specify "remotePort"/],
  ['startForward', { ...web, localPort: -1 }, /^Specify "localPort"/],
  ['startForward', { ...web, localPort: 80.5 }, /^Specify "localPort"/],
  ['startForward', { ...web, address: '0.0.0.0' }, /^This tool has no input "address"/],
  ['startForward', { ...web, kubeconfig: '/etc/passwd' }, /^This tool has no input "kubeconfig"/],
  ['stopForward', {}, /^Specify "id"/],
  ['stopForward', { id: '999' }, /^Forward "999" no longer exists/],
  ['stopForward', { id: 'all' }, /^Forward "all" no longer exists/],
  ['stopForward', { all: true }, /^This tool has no input "all"/],
  ['listForwards', { context: 'demo-admin' }, /^This tool has no input "context"/],
  ['listTargets', { namespace: 'demo' }, /^Specify "context"/],
  ['listTargets', { context: 'nowhere' }, /^Context "nowhere" not found/],
  ['listTargets', { context: 'demo-admin', namespace: 'De mo' }, /^Specify "namespace"/],
  ['listTargets', { context: 'demo-admin', filter: 5 }, /^Specify "filter"/],
];

async function nothingListed(): Promise<void> {
  await waitFor('nothing to be listed', async () =>
    (await companion.call<unknown[]>('list')).length === 0 ? true : undefined,
  );
}

function tool<T>(name: string, input: object): Promise<T> {
  return companion.call<T>('tool', { name: `kubePortForward_${name}`, input });
}
