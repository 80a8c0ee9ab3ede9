import assert from 'node:assert/strict';
import { realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { TokenFileCredentials } from '../../../../src/kube/credentials/tokenFile.ts';
import { coded } from '../../../support/coded.ts';
import { FakeClock } from '../../../support/fakeClock.ts';
import { temporaryDirectory } from '../../../support/temporaryDirectory.ts';

test('a token file is read again after a minute, not before, and after a 401 at once', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  const clock = new FakeClock();
  const source = new TokenFileCredentials({ user: 'sa', path, clock });
  await writeFile(path, 'one\n');
  assert.deepEqual(await source.get(), { authorization: 'Bearer one' });
  await writeFile(path, 'two\n');
  clock.advance(59_999);
  assert.deepEqual(await source.get(), { authorization: 'Bearer one' });
  clock.advance(1);
  assert.deepEqual(await source.get(), { authorization: 'Bearer two' });
  await writeFile(path, 'three');
  assert.equal(source.invalidate(), true);
  assert.deepEqual(await source.get(), { authorization: 'Bearer three' });
});

test('the last token is used while the file is missing', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  const source = new TokenFileCredentials({ user: 'sa', path });
  await writeFile(path, 'one');
  await source.get();
  await rm(path);
  source.invalidate();
  assert.deepEqual(await source.get(), { authorization: 'Bearer one' });
});

// On Windows, most users may not create symbolic links.
const skip = process.platform === 'win32';

test('the last token of an allowed file is used while the target of its link is missing', {
  skip,
}, async () => {
  await using directory = await temporaryDirectory();
  const target = join(await realpath(directory.path), 'target');
  const path = join(directory.path, 'token');
  await writeFile(target, 'one');
  await symlink(target, path);
  const source = new TokenFileCredentials({ user: 'sa', path, permission: { file: target, context: 'dev' } });
  await source.get();
  await rm(target);
  source.invalidate();
  assert.deepEqual(await source.get(), { authorization: 'Bearer one' });
});

test('a token beside the file is used until the file contains one', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  const source = new TokenFileCredentials({ user: 'sa', path, fallbackToken: 'spare' });
  assert.deepEqual(await source.get(), { authorization: 'Bearer spare' });
  await writeFile(path, 'one');
  source.invalidate();
  assert.deepEqual(await source.get(), { authorization: 'Bearer one' });
});

test('a missing and an empty file are reported by path', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'token');
  const source = new TokenFileCredentials({ user: 'sa', path });
  await assert.rejects(source.get(), coded('CREDENTIALS_FAILED', `${path} cannot be read (ENOENT)`));
  await writeFile(path, ' \n');
  await assert.rejects(source.get(), /is empty/);
});
