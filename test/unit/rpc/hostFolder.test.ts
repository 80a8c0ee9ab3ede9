import assert from 'node:assert/strict';
import { chmod, lchown, mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { homeFolder } from '../../../src/base/homeFolder.ts';
import { ensureHostFolder, existingHostFolders, hostFolders } from '../../../src/rpc/hostFolder.ts';
import { newSocketName } from '../../../src/rpc/hostRecord.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { coded } from '../../support/coded.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const isWindows = process.platform === 'win32';
const isUnsafe = coded('HOST_FOLDER_UNSAFE');

test('the folder is created for this user alone', async () => {
  await using parent = await temporaryDirectory();
  const folder = join(parent.path, 'host');
  assert.equal(await ensureHostFolder(folder), folder);
  await assertPrivate(folder, 0o700);
  assert.equal(await ensureHostFolder(folder), folder, 'and found again');
});

test('a folder that others may enter, and a link, are refused', { skip: isWindows }, async () => {
  await using parent = await temporaryDirectory();
  const open = join(parent.path, 'open');
  await mkdir(open);
  await chmod(open, 0o750);
  await assert.rejects(ensureHostFolder(open), isUnsafe);
  const target = join(parent.path, 'target');
  await mkdir(target, { mode: 0o700 });
  const link = join(parent.path, 'link');
  await symlink(target, link);
  await assert.rejects(ensureHostFolder(link), isUnsafe);
});

test('a folder that cannot be created and an unsafe one have different errors', {
  // On Windows, missing parent folders are created too.
  skip: isWindows,
}, async () => {
  await using parent = await temporaryDirectory();
  const reason = /^cannot create the folder .* \(ENOENT\): check the permissions/;
  const folder = join(parent.path, 'missing', 'host');
  await assert.rejects(ensureHostFolder(folder), coded('HOST_FOLDER_NOT_CREATED', reason));
});

test('a file in the place of the folder is refused', async () => {
  await using parent = await temporaryDirectory();
  const file = join(parent.path, 'file');
  await writeFile(file, '');
  await assert.rejects(ensureHostFolder(file), isUnsafe);
  assert.deepEqual(await existingHostFolders(file), []);
});

test('the next folder is used if the best one cannot be', async () => {
  await using parent = await temporaryDirectory();
  const file = join(parent.path, 'file');
  await writeFile(file, '');
  // Nothing can be created below a file on any system.
  const [missing, good] = [join(file, 'host'), join(parent.path, 'good')];
  const folders = [missing, file, good].join(delimiter);
  assert.deepEqual(await existingHostFolders(folders), [], 'nothing is made by looking');
  assert.equal(await ensureHostFolder(folders), good);
  assert.deepEqual(await existingHostFolders(folders), [good]);
});

test("another user's folder, file or link is named with its owner, and a missing parent folder is not", {
  skip: process.geteuid?.() !== 0,
}, async () => {
  await using parent = await temporaryDirectory();
  const owner = 54_321;
  const folder = join(parent.path, 'folder');
  await mkdir(folder, { mode: 0o700 });
  const link = join(parent.path, 'link');
  await symlink(parent.path, link);
  const file = join(parent.path, 'file');
  await writeFile(file, '');
  for (const [kind, path] of Object.entries({ folder, 'symbolic link': link, file })) {
    await lchown(path, owner, owner);
    const folders = [join(parent.path, 'missing', 'host'), path].join(delimiter);
    await assert.rejects(ensureHostFolder(folders), (error) => {
      coded('HOST_FOLDER_UNSAFE', { path })(error);
      return coded('HOST_FOLDER_UNSAFE', `it is a ${kind} that belongs to user ID ${owner}`)(error);
    });
    assert.deepEqual(await existingHostFolders(folders), []);
  }
});

test("the last of this user's folders lies in the home folder", () => {
  assert.ok(hostFolders().at(-1)?.startsWith(homeFolder()));
});

test('socket names fit into an address of any system, and are never the same', () => {
  const first = newSocketName('/run/user/1000/kube-port-forward');
  assert.ok(Buffer.byteLength(first) <= 103);
  assert.notEqual(first, newSocketName('/run/user/1000/kube-port-forward'));
  // On Windows, the name of a pipe does not contain the folder.
  if (!isWindows) assert.throws(() => newSocketName(`/${'a'.repeat(90)}`), /longer than 103/);
});

test('the folders on macOS are the same for every shell and window, whatever TMPDIR says', () => {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = '/var/folders/zz/T';
  try {
    const folders = hostFolders(undefined, 'darwin');
    assert.equal(folders[0], join(homeFolder(), 'Library', 'Caches', 'kube-port-forward'));
    assert.ok(folders.every((folder) => !folder.includes('/var/folders')));
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
});

test('a folder whose path is too long for a socket is skipped, and named if there is no other', {
  // Windows has pipes instead of sockets, and their names do not contain the folder.
  skip: isWindows,
}, async () => {
  await using parent = await temporaryDirectory();
  const long = join(parent.path, 'a'.repeat(90));
  const good = join(parent.path, 'good');
  assert.equal(await ensureHostFolder([long, good].join(delimiter)), good);
  await assert.rejects(ensureHostFolder(long), (error) => {
    assert.doesNotMatch(String(error), /remove|replace/);
    return coded('HOST_FOLDER_TOO_LONG')(error);
  });
});
