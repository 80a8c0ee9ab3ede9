import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { addContext, parseKubeconfig, writeKubeconfig } from './support/kubeconfig.ts';
import { scenario } from './support/scenario.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wt-')));
const proof = join(folder, 'plugin-ran');
mkdirSync(join(folder, '.vscode'));
writeFileSync(
  join(folder, '.vscode', 'settings.json'),
  JSON.stringify({
    'kubePortForward.kubeconfigFiles': ['from-workspace.yaml'],
    'kubePortForward.bindAddress': '0.0.0.0',
  }),
);
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

const { check } = scenario('trust', { cluster: {}, workbench: { folder, trust: false } });

check('kubeconfigs of an untrusted workspace are not read', async ({ cluster, window }) => {
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
  writeKubeconfig(join(folder, 'from-workspace.yaml'), kubeconfig);
  await window.openView('Port Forward');
  const clusters = window.tree('Clusters');
  await clusters.row('demo-certificate');
  await clusters.noRow('from-workspace');
  await clusters.runFromTitle('Refresh');
  // Listed anew: what the cluster has since then is there, and what the workspace wants is not.
  await clusters.expand('demo-admin');
  await clusters.expand('demo');
  await clusters.row('echo');
  await clusters.noRow('from-workspace');
  assert.equal(existsSync(proof), false);
});

check('nor is a bind address of a workspace ever used', async ({ window }) => {
  const clusters = window.tree('Clusters');
  await clusters.runInline('echo', 'Forward Port...');
  await window.notifications.waitFor(/Forwarding localhost:\d+ → pod\/echo:7/);
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.notifications.waitFor('Stopped ');
  assert.equal(existsSync(proof), false);
});

check('once it is trusted they are', async ({ window }) => {
  await window.runCommand('Workspaces: Manage Workspace Trust');
  const trust = window.page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ });
  await trust.click();
  await window.tree('Clusters').row('from-workspace');
  await window.screenshot('trusted');
});
