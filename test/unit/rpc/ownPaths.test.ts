import assert from 'node:assert/strict';
import { delimiter, join, resolve } from 'node:path';
import { test } from 'node:test';
import { withOwnPaths } from '../../../src/rpc/ownPaths.ts';

const FOLDER = process.cwd();

function kubeconfig(...paths: readonly string[]): string | undefined {
  return withOwnPaths({ KUBECONFIG: paths.join(delimiter), HOME: 'home' })['KUBECONFIG'];
}

test('each file of KUBECONFIG is one of the working folder, where it is no absolute path', () => {
  const absolute = resolve('/etc/config');
  const expected = [join(FOLDER, 'a'), absolute, join(FOLDER, '..', 'b'), join(FOLDER, '~', 'c')];
  assert.equal(kubeconfig('./a', absolute, '../b', '~/c'), expected.join(delimiter));
});

test('what is empty stays so', () => {
  assert.equal(kubeconfig(''), '');
  assert.equal(kubeconfig('', 'a', ''), ['', join(FOLDER, 'a'), ''].join(delimiter));
});

test('all else stays as it is', () => {
  assert.deepEqual(withOwnPaths({ HOME: 'home' }), { HOME: 'home' });
  assert.equal(withOwnPaths({ KUBECONFIG: 'a', HOME: 'home' })['HOME'], 'home');
});
