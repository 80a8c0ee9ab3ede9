import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { contextsOf } from '../../../src/host/contextList.ts';
import { KubeAccess } from '../../../src/host/kubeAccess.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const KUBECONFIG = (server: string) => `
clusters: [{ name: c, cluster: { server: "${server}" } }]
users: [{ name: u, user: {} }]
contexts:
- { name: one, context: { cluster: c, user: u } }
- { name: two, context: { cluster: c, user: u } }
`;

function accessOf(kubeconfig: string): KubeAccess {
  return new KubeAccess({
    environment: { KUBECONFIG: kubeconfig },
    onPluginOutput: () => {},
    clock: systemClock,
  });
}

test('contexts of the default kubeconfig are listed once where the setting names its file too, or a link to it', {
  // Links need a right on Windows that users do not have.
  skip: process.platform === 'win32',
}, async () => {
  await using folder = await temporaryDirectory();
  const [path, link] = [join(folder.path, 'config'), join(folder.path, 'link')];
  await writeFile(path, KUBECONFIG('https://a.example'));
  await symlink(path, link);
  const { contexts } = await contextsOf(accessOf(path), [path, link]);
  assert.deepEqual(
    contexts.map(({ kubeconfig, context }) => [kubeconfig, context]),
    [
      ['', 'one'],
      ['', 'two'],
    ],
  );
});

test('contexts of the same name in another file are listed', async () => {
  await using folder = await temporaryDirectory();
  const [path, other] = [join(folder.path, 'config'), join(folder.path, 'other')];
  await writeFile(path, KUBECONFIG('https://a.example'));
  await writeFile(other, KUBECONFIG('https://b.example'));
  const { contexts } = await contextsOf(accessOf(path), [other]);
  assert.equal(contexts.length, 4);
});

test('a default kubeconfig that cannot be read is one problem where the setting names it too', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'config');
  await writeFile(path, 'contexts: 1');
  const { problems } = await contextsOf(accessOf(path), [path]);
  assert.deepEqual(
    problems.map(({ kubeconfig, error }) => [kubeconfig, error.code]),
    [[path, 'KUBECONFIG_INVALID']],
  );
});
