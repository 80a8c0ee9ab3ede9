import assert from 'node:assert/strict';
import { waitFor } from './harness/limits.ts';
import { fetchText } from './support/ports.ts';
import { scenario } from './support/scenario.ts';

const { check } = scenario('empty', {});

let port: number;

check('the view explains what to do without a kubeconfig', async ({ window }) => {
  await window.openView('Port Forward');
  const welcome = await window.tree('Clusters').welcome();
  assert.match(welcome, /No Kubernetes contexts found\./);
  assert.match(welcome, /Choose Kubeconfig\.\.\./);
  assert.match(welcome, /Start Demo Cluster/);
  await window.screenshot('welcome');
});

check('a chosen file is shown', async ({ cluster, home, window, workbench }) => {
  const clusters = window.tree('Clusters');
  await clusters.clickWelcome('Choose Kubeconfig...');
  await window.quickInput.waitForTitle('Choose Kubeconfig');
  await waitFor('the home folder', async () =>
    (await window.quickInput.value()) === `${home}/` ? true : undefined,
  );
  await window.quickInput.chooseFile(cluster.kubeconfigPath, 'Add');
  await clusters.row('demo-viewer');
  workbench.server.changeSettings({});
  await clusters.noRow('demo-viewer');
  assert.match(await clusters.welcome(), /No Kubernetes contexts found/);
});

check('the demo cluster opens in the tree, and its pods answer', async ({ window }) => {
  const clusters = window.tree('Clusters');
  await clusters.clickWelcome('Start Demo Cluster');
  await clusters.row((row) => row.label === 'demo' && row.level === 2 && row.isExpanded === true);
  await clusters.runInline('multi', 'Forward Port...');
  await window.quickInput.pick('8080');
  const { text } = await window.notifications.waitFor('→ pod/multi:8080');
  port = Number(/localhost:(\d+)/.exec(text)?.[1]);
  assert.match(await fetchText(port), /<!doctype html>/);
  await window.screenshot('demo-cluster');
});

check('the demo cluster ends on request, and the tree is empty again', async ({ window, isForwarded }) => {
  assert.equal(await isForwarded(port), true);
  await window.runCommand('Kubernetes Port Forward: Stop All Forwards');
  await window.runCommand('Kubernetes Port Forward: Stop Demo Cluster');
  assert.match(await window.tree('Clusters').welcome(), /No Kubernetes contexts found/);
  assert.equal(await isForwarded(port), false);
});
