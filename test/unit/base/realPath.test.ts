import assert from 'node:assert/strict';
import { mkdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { realPath } from '../../../src/base/realPath.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

// On Windows, most users may not create symbolic links.
const skip = process.platform === 'win32';

test('the real path of a link is its target, also after a link and ".."', { skip }, async (t) => {
  const folder = await realpath(await temporaryFolder(t));
  await mkdir(join(folder, 'a', 'b'), { recursive: true });
  await writeFile(join(folder, 'a', 'file'), '');
  await symlink(join(folder, 'a', 'b'), join(folder, 'link'));
  await symlink(join(folder, 'a', 'file'), join(folder, 'token'));
  assert.equal(await realPath(join(folder, 'token')), join(folder, 'a', 'file'));
  assert.equal(await realPath(`${folder}/link/../file`), join(folder, 'a', 'file'));
  assert.equal(await realPath(`${folder}/link/missing`), join(folder, 'a', 'b', 'missing'));
});

test('a path that does not exist is only shortened', async () => {
  assert.equal(await realPath('/missing/x/../y/../token'), resolve('/missing/token'));
});

test('a file of a mounted volume keeps its path when Kubernetes renews it', { skip }, async (t) => {
  const folder = await realpath(await temporaryFolder(t));
  for (const version of ['..2026_1', '..2026_2']) {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'token'), '');
  }
  await symlink('..data/token', join(folder, 'token'));
  for (const version of ['..2026_1', '..2026_2']) {
    await rm(join(folder, '..data'), { force: true });
    await symlink(version, join(folder, '..data'));
    assert.equal(await realPath(join(folder, 'token')), join(folder, 'token'));
  }
  await mkdir(join(folder, 'secrets'));
  await writeFile(join(folder, 'secrets', 'token'), '');
  await rm(join(folder, '..data'));
  await symlink('secrets', join(folder, '..data'));
  assert.equal(await realPath(join(folder, 'token')), join(folder, 'secrets', 'token'));
});
