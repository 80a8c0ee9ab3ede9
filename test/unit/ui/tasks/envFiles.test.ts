import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { EnvFiles } from '../../../../src/ui/tasks/envFiles.ts';
import { assertPrivate } from '../../../support/assertPrivate.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';

const NAMES = { name: 'names', folder: '' };

test('a task has one path, also before its file is there; the file is for its owner alone and goes when it is removed', async () => {
  await using folder = await temporaryDirectory();
  const files = new EnvFiles(folder.path);
  const path = files.pathOf(NAMES);
  assert.equal(new EnvFiles(folder.path).pathOf(NAMES), path);
  assert.notEqual(files.pathOf({ name: '../other', folder: '' }), path);
  assert.notEqual(files.pathOf({ ...NAMES, folder: 'file:///work/other' }), path);
  assert.equal(dirname(files.pathOf({ name: '../other', folder: '' })), join(folder.path, 'env'));
  files.write(path, { HTTP_PROXY: 'http://kube:a-b_c@127.0.0.1:8900', NODE_USE_ENV_PROXY: '1' });
  assert.equal(
    readFileSync(path, 'utf8'),
    'HTTP_PROXY=http://kube:a-b_c@127.0.0.1:8900\nNODE_USE_ENV_PROXY=1\n',
  );
  await assertPrivate(path);
  const file = files.write(path, { HTTP_PROXY: 'http://kube:d@127.0.0.1:8901' });
  assert.equal(readFileSync(path, 'utf8'), 'HTTP_PROXY=http://kube:d@127.0.0.1:8901\n');
  file.remove();
  file.remove();
  assert.deepEqual(readdirSync(dirname(path)), []);
});

test('what a window left that was killed goes with the next file, and what other windows have stays', async () => {
  await using folder = await temporaryDirectory();
  const files = new EnvFiles(folder.path);
  const path = files.pathOf(NAMES);
  files.write(path, {});
  // The name begins with the id of the process that wrote the file. No process has this id: Linux stops at 2^22.
  const left = join(dirname(path), '99999999-0123456789abcdef.env');
  const others = join(dirname(path), `${process.ppid}-0123456789abcdef.env`);
  writeFileSync(left, '');
  writeFileSync(others, '');
  files.write(path, {});
  assert.deepEqual([existsSync(left), existsSync(others), existsSync(path)], [false, true, true]);
});

test('a task does not remove the variables that a task with the same name in another folder has written since', async () => {
  await using folder = await temporaryDirectory();
  const files = new EnvFiles(folder.path);
  const path = files.pathOf(NAMES);
  const first = files.write(path, { HTTP_PROXY: 'http://kube:a@127.0.0.1:8900' });
  const second = files.write(path, { HTTP_PROXY: 'http://kube:b@127.0.0.1:8901' });
  assert.deepEqual([first.isCurrent, second.isCurrent], [false, true]);
  first.remove();
  assert.equal(readFileSync(path, 'utf8'), 'HTTP_PROXY=http://kube:b@127.0.0.1:8901\n');
  second.remove();
  assert.deepEqual([second.isCurrent, existsSync(path)], [false, false]);
});
