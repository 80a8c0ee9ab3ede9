import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addContext, parseKubeconfig, writeKubeconfig } from './support/kubeconfig.ts';
import { freePort } from './support/ports.ts';
import { scenario } from './support/scenario.ts';
import { makeWorkspaceFolder } from './support/workspaceFolder.ts';

const folder = makeWorkspaceFolder();
const proof = join(folder.path, 'plugin-ran');
const place = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };
folder.write('.vscode/settings.json', {
  'kubePortForward.kubeconfigFiles': ['from-workspace.yaml'],
  'kubePortForward.bindAddress': '0.0.0.0',
  'kubePortForward.forwards': [{ ...place, name: 'Theirs', autoStart: true }],
});
const mine = { ...place, name: 'Mine', autoStart: true, localPort: await freePort() };

const { test } = scenario('trust', {
  cluster: {},
  workbench: { folder: folder.path, trust: false, settings: { 'kubePortForward.forwards': [mine] } },
});

test('saved forwards of an untrusted workspace are ignored, and none starts automatically', async (fixture) => {
  const { window, forwards } = fixture;
  await window.openView('Port Forward');
  await forwards.row(/^Mine, saved/);
  await forwards.noRow('Theirs');
  await forwards.row(/^Forwards of this workspace, disabled until you trust the workspace/);
  await window.screenshot('held-back');
  // Waits for the result of one of the extension's commands. By then, the extension has started all forwards that it
  // starts automatically.
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor('No forwarded ports.');
  assert.deepEqual(await window.notifications.texts(), ['No forwarded ports.']);
  await forwards.row(/^Mine, saved/);
});

test('kubeconfigs of an untrusted workspace are not read', async ({ cluster, clusters }) => {
  const kubeconfig = parseKubeconfig(cluster.kubeconfig);
  kubeconfig.contexts = [];
  addContext(kubeconfig, 'from-workspace', {
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: '/bin/sh',
        args: ['-c', `touch ${proof}; exit 1`],
        interactiveMode: 'Never',
      },
    },
  });
  writeKubeconfig(join(folder.path, 'from-workspace.yaml'), kubeconfig);
  await clusters.row('demo-certificate');
  await clusters.noRow('from-workspace');
  await clusters.runFromTitle('Refresh');
  // Checks that the refreshed view shows the objects of the cluster, but not the context from the workspace.
  await clusters.expand('demo-admin', 'demo');
  await clusters.row('echo');
  await clusters.noRow('from-workspace');
  assert.equal(existsSync(proof), false);
});

test('a bind address of a workspace is never used', async ({ window, clusters }) => {
  await clusters.runInline('echo', 'Forward Port...');
  await window.notifications.waitFor(/Forwarding localhost:\d+ → pod\/echo:7/);
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor('Stopped ');
  assert.equal(existsSync(proof), false);
});

test('kubeconfigs of a trusted workspace are read', async ({ window, clusters }) => {
  await window.runCommand('Workspaces: Manage Workspace Trust');
  const trust = window.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ });
  await trust.click();
  await clusters.row('from-workspace');
  await window.screenshot('trusted');
});

test("the user's own forwards start after trust, and the workspace's ask first", async ({
  window,
  forwards,
}) => {
  await window.notifications.waitFor(
    'This workspace wants to start these forwards whenever it opens: Theirs',
  );
  await forwards.row(/^Mine, forwarded to localhost:\d+, ready/);
  await forwards.noRow('Forwards of this workspace');
});
