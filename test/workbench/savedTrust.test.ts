import assert from 'node:assert/strict';
import { freePort } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const place = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };
folder.write('.vscode/settings.json', {
  'kubePortForward.forwards': [{ ...place, name: 'Theirs', autoStart: true }],
});
const mine = { ...place, name: 'Mine', autoStart: true, localPort: await freePort() };

const { check } = scenario('savedTrust', {
  cluster: {},
  workbench: { folder: folder.path, trust: false, settings: { 'kubePortForward.forwards': [mine] } },
});

check(
  'what a workspace that is not trusted says is not there, and nothing starts by itself',
  async ({ window }) => {
    await window.openView('Port Forward');
    const forwards = window.tree('Forwards');
    await forwards.row(/^Mine, saved/);
    await forwards.noRow('Theirs');
    await forwards.row(/^Forwards of this workspace, disabled until you trust the workspace/);
    await window.screenshot('held-back');
    // The extension has looked at everything by the time a command of its own has answered.
    await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
    await window.notifications.waitFor('No forwarded ports.');
    assert.deepEqual(await window.notifications.texts(), ['No forwarded ports.']);
    await forwards.row(/^Mine, saved/);
  },
);

check('trusted, the user’s own start, and the workspace’s are asked about', async ({ window }) => {
  await window.runCommand('Workspaces: Manage Workspace Trust');
  await window.page.locator('.workspace-trust-buttons-row').getByText('Trust', { exact: true }).click();
  await window.notifications.waitFor(
    'This workspace wants to start these forwards whenever it opens: Theirs',
  );
  const forwards = window.tree('Forwards');
  await forwards.row(/^Mine, forwarded to localhost:\d+, ready/);
  await forwards.noRow('Forwards of this workspace');
});
