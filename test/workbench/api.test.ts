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

check("a service of the Kubernetes extension's tree is forwarded", async ({ window }) => {
  await window.openView('Explorer');
  const tree = window.tree('Kubernetes Clusters');
  await window.page.locator('.pane-header[aria-label="Kubernetes Clusters Section"]').click();
  await tree.row('service web');
  await tree.runFromContextMenu('service web', 'Forward Port without kubectl...');
  await window.notifications.waitFor(/Forwarding localhost:\d+ → service\/web:80/);
});

async function nothingListed(): Promise<void> {
  await waitFor('nothing to be listed', async () =>
    (await companion.call<unknown[]>('list')).length === 0 ? true : undefined,
  );
}

function tool<T>(name: string, input: object): Promise<T> {
  return companion.call<T>('tool', { name: `kubePortForward_${name}`, input });
}
