import assert from 'node:assert/strict';
import { delimiter, join, resolve } from 'node:path';
import { test } from 'node:test';
import { withOwnPaths } from '../../../src/rpc/connectToHost.ts';

const FOLDER = process.cwd();

function kubeconfig(...paths: readonly string[]): string | undefined {
  return withOwnPaths({ KUBECONFIG: paths.join(delimiter), HOME: 'home' })['KUBECONFIG'];
}

test('each relative file of KUBECONFIG is resolved in the working folder', () => {
  const absolute = resolve('/etc/config');
  const expected = [join(FOLDER, 'a'), absolute, join(FOLDER, '..', 'b'), join(FOLDER, '~', 'c')];
  assert.equal(kubeconfig('./a', absolute, '../b', '~/c'), expected.join(delimiter));
});

test('an empty entry means nothing', () => {
  assert.equal(kubeconfig(''), '');
  assert.equal(kubeconfig('', 'a', ''), join(FOLDER, 'a'));
});

test('variables other than KUBECONFIG are unchanged', () => {
  assert.deepEqual(withOwnPaths({ HOME: 'home' }), { HOME: 'home' });
  assert.equal(withOwnPaths({ KUBECONFIG: 'a', HOME: 'home' })['HOME'], 'home');
});
