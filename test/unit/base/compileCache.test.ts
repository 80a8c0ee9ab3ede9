import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const PROGRAM = `
  import module from 'node:module';
  import { keepCompiledCode } from './src/base/compileCache.ts';
  keepCompiledCode();
  process.stdout.write(module.getCompileCacheDir() ?? 'none');
`;

/** Where a process with this home keeps its compiled code. */
function cacheOf(home: string): string {
  const { NODE_COMPILE_CACHE: _, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    encoding: 'utf8',
    env: { ...environment, HOME: home },
    timeout: 30_000,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

const onLinux = process.platform === 'linux' ? false : 'the folder has another name on this system';

suite('the folder of compiled code', { skip: onLinux }, () => {
  const folderIn = (home: string) => join(home, '.cache', 'kube-port-forward');

  test('is made for this user alone', async () => {
    await using home = await temporaryDirectory();
    assert.ok(cacheOf(home.path).startsWith(folderIn(home.path)));
    await assertPrivate(folderIn(home.path), 0o700);
  });

  test('is not used if another user can enter it', async () => {
    await using home = await temporaryDirectory();
    mkdirSync(folderIn(home.path), { recursive: true });
    chmodSync(folderIn(home.path), 0o750);
    assert.equal(cacheOf(home.path), 'none');
  });

  test('is not used if it is a link or a file', async () => {
    await using home = await temporaryDirectory();
    await using elsewhere = await temporaryDirectory();
    chmodSync(elsewhere.path, 0o700);
    mkdirSync(dirname(folderIn(home.path)));
    symlinkSync(elsewhere.path, folderIn(home.path));
    assert.equal(cacheOf(home.path), 'none');
    await using other = await temporaryDirectory();
    mkdirSync(dirname(folderIn(other.path)));
    writeFileSync(folderIn(other.path), '');
    assert.equal(cacheOf(other.path), 'none');
  });

  test('is not used if it belongs to another user', { skip: process.getuid?.() !== 0 }, async () => {
    await using home = await temporaryDirectory();
    mkdirSync(folderIn(home.path), { recursive: true, mode: 0o700 });
    spawnSync('chown', ['12345', folderIn(home.path)]);
    assert.equal(cacheOf(home.path), 'none');
  });

  test('is done without where there can be none', () => {
    assert.equal(cacheOf('/dev/null'), 'none');
  });
});
