import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

test('bootstrap skips a Node of the packages that this system cannot run, as on Alpine and NixOS', {
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
  // The system reports ENOENT because the loader is missing, as it does for a Node that was built for another C
  // library.
  await writeFile(join(bin, 'node'), '#!/missing/loader\n');
  await chmod(join(bin, 'node'), 0o755);
  const args = [join(scripts, 'bootstrap.mjs'), 'scripts/hello.ts'];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, `hello ${process.execPath}`);
});

test('a script runs when it is started by any path, and not when it is imported', async () => {
  await using folder = await temporaryDirectory();
  const [script, importer] = [join(folder.path, 'script.mjs'), join(folder.path, 'importer.mjs')];
  const startedFile = new URL('../../../scripts/startedFile.ts', import.meta.url);
  await writeFile(
    script,
    `import { isStartedFile } from '${startedFile}'; process.stdout.write(String(isStartedFile(import.meta.url)));`,
  );
  await writeFile(importer, "import './script.mjs';");
  const outputOf = (path: string) => spawnSync(process.execPath, [path], { encoding: 'utf8' }).stdout;
  assert.equal(outputOf(script), 'true');
  assert.equal(outputOf(relative(process.cwd(), script)), 'true');
  assert.equal(outputOf(importer), 'false');
});

test('no script uses import.meta.main, which some Nodes that run them leave undefined', () => {
  const files = globSync(['scripts/**/*.{ts,mjs}', 'src/**/*.ts', 'test/bench/**/*.ts']);
  assert.ok(files.length > 100);
  for (const file of files) assert.doesNotMatch(readFileSync(file, 'utf8'), /if \(import\.meta\.main/, file);
});

test('git gives sources, recordings and scripts the same line ends on every system, and batch files those of Windows', {
  skip: existsSync('.git') ? false : 'not a clone',
}, () => {
  const ends = {
    lf: ['src/cli.ts', 'bin/kube-port-forward', 'test/fixtures/wire/spdy-http.jsonl', 'package.json'],
    crlf: ['bin/kube-port-forward.cmd'],
  };
  for (const [end, files] of Object.entries(ends)) {
    const { stdout } = spawnSync('git', ['check-attr', 'eol', '--', ...files], { encoding: 'utf8' });
    assert.deepEqual(
      stdout.trim().split('\n'),
      files.map((file) => `${file}: eol: ${end}`),
    );
  }
  assert.match(readFileSync('bin/kube-port-forward.cmd', 'latin1'), /^@echo off\r\n/);
});
