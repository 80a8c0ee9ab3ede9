import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

test('bootstrap passes over a Node of the packages that this system cannot run, as on Alpine and NixOS', {
  skip: process.platform !== 'linux',
}, async () => {
  await using folder = await temporaryDirectory();
  const [scripts, modules] = [join(folder.path, 'scripts'), join(folder.path, 'node_modules')];
  const bin = join(modules, `node-linux-${process.arch}`, 'bin');
  await mkdir(scripts);
  await mkdir(bin, { recursive: true });
  await copyFile('scripts/bootstrap.mjs', join(scripts, 'bootstrap.mjs'));
  await writeFile(join(scripts, 'hello.ts'), 'process.stdout.write("hello " + process.execPath);');
  const lock = JSON.stringify({ packages: { '': { version: '1' } } });
  await writeFile(join(folder.path, 'package-lock.json'), lock);
  await writeFile(join(modules, '.package-lock.json'), lock);
  // Its loader is missing: the system answers ENOENT, as it does for a program of another C library.
  await writeFile(join(bin, 'node'), '#!/missing/loader\n');
  await chmod(join(bin, 'node'), 0o755);
  const args = [join(scripts, 'bootstrap.mjs'), 'scripts/hello.ts'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `hello ${process.execPath}`);
});
