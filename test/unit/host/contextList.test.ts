import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/base/async.ts';
import { contextsOf } from '../../../src/host/contextList.ts';
import { KubeAccess } from '../../../src/host/kubeAccess.ts';
import { columns } from '../../support/fields.ts';
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

test('a context of the default kubeconfig is listed once if the setting names its file or a link to it', {
  // On Windows, most users may not create symbolic links.
  skip: process.platform === 'win32',
}, async () => {
  await using folder = await temporaryDirectory();
  const [path, link] = [join(folder.path, 'config'), join(folder.path, 'link')];
  await writeFile(path, KUBECONFIG('https://a.example'));
  await symlink(path, link);
  const { contexts } = await contextsOf(accessOf(path), [path, link]);
  assert.deepEqual(columns(contexts, 'kubeconfig', 'context'), [
    ['', 'one'],
    ['', 'two'],
  ]);
});

test('a context of the same name in another file is listed too', async () => {
  await using folder = await temporaryDirectory();
  const [path, other] = [join(folder.path, 'config'), join(folder.path, 'other')];
  await writeFile(path, KUBECONFIG('https://a.example'));
  await writeFile(other, KUBECONFIG('https://b.example'));
  const { contexts } = await contextsOf(accessOf(path), [other]);
  assert.equal(contexts.length, 4);
});

test('an unreadable default kubeconfig is one problem, even if the setting names it', async () => {
  await using folder = await temporaryDirectory();
  const path = join(folder.path, 'config');
  await writeFile(path, 'contexts: 1');
  const { problems } = await contextsOf(accessOf(path), [path]);
  assert.deepEqual(
    problems.map(({ kubeconfig, error }) => [kubeconfig, error.code]),
    [[path, 'KUBECONFIG_INVALID']],
  );
});

test('a problem says of which kubeconfig it may hide contexts, if the whole file cannot be used, but not of a file that the settings name and that does not exist', async () => {
  await using folder = await temporaryDirectory();
  const at = (name: string) => join(folder.path, name);
  await writeFile(at('broken'), 'contexts: 1');
  await writeFile(at('good'), `${KUBECONFIG('https://a.example')}- { name: three, context: [] }\n`);
  const access = accessOf([at('broken'), at('good')].join(delimiter));
  await writeFile(at('other'), 'contexts: 1');
  const { problems } = await contextsOf(access, [at('other'), at('gone')]);
  assert.deepEqual(columns(problems, 'kubeconfig', 'hidesContextsOf'), [
    [at('broken'), ''],
    [at('good'), undefined],
    [at('other'), at('other')],
    [at('gone'), undefined],
  ]);
  const missing = await contextsOf(accessOf(at('gone')), []);
  assert.deepEqual(columns(missing.problems, 'kubeconfig', 'hidesContextsOf'), [[at('gone'), '']]);
});
