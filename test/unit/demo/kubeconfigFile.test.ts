import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeLeftOver } from '../../../src/demo/kubeconfigFile.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

test('the kubeconfig of a killed demo cluster is removed, and nothing else', async () => {
  await using folder = await temporaryDirectory();
  const names = [
    'kube-port-forward-demo-11-abc',
    'kube-port-forward-demo-12-abc',
    'kube-port-forward-start-11-a',
  ];
  for (const name of names) {
    await mkdir(join(folder.path, name));
    await writeFile(join(folder.path, name, 'kubeconfig'), 'token');
  }
  await removeLeftOver(folder.path, (processId) => processId === 12);
  assert.deepEqual((await readdir(folder.path)).sort(), names.slice(1));
  await removeLeftOver(join(folder.path, 'missing'));
});
