import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { chooseEntries } from '../../../../src/kube/kubeconfig/chooseEntries.ts';
import { loadKubeconfig } from '../../../../src/kube/kubeconfig/kubeconfig.ts';
import { coded } from '../../../support/coded.ts';
import type { TestEnd } from '../../../support/demoForward.ts';
import { fieldOf } from '../../../support/fields.ts';
import { temporaryFolder } from '../../../support/temporaryDirectory.ts';

/** Loads these texts as the files of `KUBECONFIG`, as the forward host does. */
async function loaded(t: TestEnd, ...texts: readonly string[]) {
  const folder = await temporaryFolder(t);
  const paths = texts.map((_text, index) => join(folder, `file${index}`));
  await Promise.all(paths.map((path, index) => writeFile(path, texts[index] ?? '')));
  const environment = { KUBECONFIG: paths.join(delimiter) };
  const kubeconfig = await loadKubeconfig({ environment, homeFolder: folder, isTolerant: true });
  const choose = (context?: string) => chooseEntries(kubeconfig, context === undefined ? {} : { context });
  const invalid = (index: number) => coded('KUBECONFIG_INVALID', { path: paths[index] ?? '' });
  return { kubeconfig, choose, invalid };
}

const complete = (name: string, server: string, rest = '') => `
clusters: [{name: ${name}, cluster: {server: "https://${server}"}}]
users: [{name: ${name}, user: {token: ${server}}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}}}]
${rest}
`;
const BROKEN = 'contexts: [\n';

test('a file after a broken file does not set the current context', async (t) => {
  const good = complete('prod', 'prod', 'current-context: prod');
  const { kubeconfig, choose, invalid } = await loaded(t, BROKEN, good);
  assert.equal(kubeconfig.currentContext, undefined);
  assert.throws(() => choose(), invalid(0));
  const behind = await loaded(t, good, BROKEN);
  assert.equal(behind.choose().context?.name, 'prod');
});

test('contexts of a file after a broken file are listed, and fail with the error of the broken file', async (t) => {
  const { kubeconfig, choose, invalid } = await loaded(
    t,
    complete('dev', 'dev'),
    BROKEN,
    complete('prod', 'prod'),
  );
  assert.deepEqual(fieldOf(kubeconfig.contexts, 'name'), ['dev', 'prod']);
  assert.throws(() => choose('prod'), invalid(1));
  assert.equal(choose('dev').user?.token, 'dev');
});

/** The first of two kubeconfig files that define `dev`. The keys say which entry of this file is invalid. */
const INVALID_ENTRIES: Readonly<Record<string, string>> = {
  context: 'contexts: [{name: dev, context: {cluster: [x]}}]',
  cluster:
    'clusters: [{name: dev, cluster: {server: [x]}}]\ncontexts: [{name: dev, context: {cluster: dev}}]',
  user: `clusters: [{name: dev, cluster: {server: "https://dev"}}]
users: [{name: dev, user: {token: [x]}}]
contexts: [{name: dev, context: {cluster: dev, user: dev}}]`,
};

for (const [kind, text] of Object.entries(INVALID_ENTRIES)) {
  test(`an invalid ${kind} is not replaced by a later file's ${kind} of the same name`, async (t) => {
    const other = complete('dev', 'other');
    const { choose, invalid } = await loaded(t, text, other);
    assert.throws(() => choose('dev'), invalid(0));
    const behind = await loaded(t, other, text);
    assert.equal(behind.choose('dev').cluster?.server, 'https://other');
    const unrelated = await loaded(t, text, complete('prod', 'prod'));
    assert.equal(unrelated.choose('prod').cluster?.server, 'https://prod');
  });
}

test('an invalid entry is not replaced by a later entry of the same name in its file', async (t) => {
  const { choose, invalid } = await loaded(
    t,
    'contexts: [{name: dev, context: []}, {name: dev, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: c}}]',
  );
  assert.throws(() => choose('dev'), invalid(0));
});

test('an entry whose name cannot be read makes the entries of later files unusable, because it may have any name', async (t) => {
  const { choose, invalid } = await loaded(t, 'users: [{name: 12}]', complete('"12"', 'other'));
  assert.throws(() => choose('12'), invalid(0));
});
