import assert from 'node:assert/strict';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCoded } from '../../../src/base/errors.ts';
import { ensureHostFolder } from '../../../src/rpc/hostFolder.ts';
import { newSocketName } from '../../../src/rpc/hostRecord.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const isUnsafe = (error: unknown) => isCoded(error, 'HOST_FOLDER_UNSAFE');

test('the folder is made for this user alone', async () => {
  await using parent = await temporaryDirectory();
  const folder = join(parent.path, 'host');
  assert.equal(await ensureHostFolder(folder), folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.equal(await ensureHostFolder(folder), folder, 'and found again');
});

test('a folder that others may enter, a file and a link are refused', async () => {
  await using parent = await temporaryDirectory();
  const open = join(parent.path, 'open');
  await mkdir(open);
  await chmod(open, 0o750);
  await assert.rejects(ensureHostFolder(open), isUnsafe);
  const file = join(parent.path, 'file');
  await writeFile(file, '');
  await assert.rejects(ensureHostFolder(file), isUnsafe);
  const target = join(parent.path, 'target');
  await mkdir(target, { mode: 0o700 });
  const link = join(parent.path, 'link');
  await symlink(target, link);
  await assert.rejects(ensureHostFolder(link), isUnsafe);
  await assert.rejects(ensureHostFolder(join(parent.path, 'missing', 'host')), isUnsafe);
});

test('socket names fit into an address of any system, and are never the same', () => {
  const first = newSocketName('/run/user/1000/kube-port-forward');
  assert.ok(Buffer.byteLength(first) <= 103);
  assert.notEqual(first, newSocketName('/run/user/1000/kube-port-forward'));
  assert.throws(() => newSocketName(`/${'a'.repeat(90)}`), /longer than 103/);
});
