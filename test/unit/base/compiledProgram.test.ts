import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { compiledCodeFolder, type Stage } from '../../../src/base/compiledProgram.ts';
import { hostFolders } from '../../../src/rpc/hostFolder.ts';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/** Loads and runs a program, and prints its result. */
const LOADER = `
  import { loadCompiled } from './src/base/compiledProgram.ts';
  const [file, ...stages] = process.argv.slice(1);
  const program = loadCompiled(file, 'test');
  process.stdout.write(program.exports.answer());
  for (const stage of stages) program.keepCode(stage);
`;

/** Arguments that make Node report another version. With `--no-opt`, V8 rejects code that was compiled without it. */
const OTHER_NODE = [
  '--no-opt',
  '--import',
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{v8:process.versions.v8,node:'other'}})",
];

/** Loads a program in a separate process whose home folder is `home`. Returns the output of the process. */
function run(
  home: string,
  file: string,
  stages: readonly Stage[] = ['ready'],
  { cacheHome, node = [] }: { readonly cacheHome?: string; readonly node?: readonly string[] } = {},
): string {
  const { XDG_CACHE_HOME: _, ...inherited } = process.env;
  const env = { ...inherited, HOME: home, ...(cacheHome !== undefined && { XDG_CACHE_HOME: cacheHome }) };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...node, '--input-type=module', '--eval', LOADER, file, ...stages],
    { encoding: 'utf8', env, timeout: 30_000 },
  );
  assert.equal(status, 0, stderr);
  return stdout;
}

/** Writes a program in the form that the build writes. V8 compiles the function `answer` only when it is called. */
function writeProgramFile(folder: string, content: string, answer: string): string {
  const file = join(folder, 'program.cjs');
  const text = `"use strict"; module.exports.answer = () => require('node:path').basename('/x/${answer}');`;
  writeFileSync(file, `/*${content}*/(function (require, module) {${text} return module.exports; })`);
  return file;
}

const folderIn = (home: string) => join(home, '.cache', 'kube-port-forward');
const onLinux = process.platform === 'linux' ? false : 'the folder has another name on this system';

test('compiled code, of which old files are removed, has a folder that the forward host does not use', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const folder = compiledCodeFolder(platform);
    for (const other of hostFolders(undefined, platform)) assert.notEqual(folder, other, platform);
  }
});

suite('compiled code', { skip: onLinux }, () => {
  test('is kept for the next start in a private folder and file, and not written again', async () => {
    await using home = await temporaryDirectory();
    const file = writeProgramFile(home.path, 'aaa', 'first');
    assert.equal(run(home.path, file, []), 'first');
    assert.deepEqual(readdirSync(folderIn(home.path)), []);
    run(home.path, file);
    const [name = '', ...others] = readdirSync(folderIn(home.path));
    assert.match(name, /^test-aaa-/);
    assert.deepEqual(others, []);
    const cache = join(folderIn(home.path), name);
    await assertPrivate(folderIn(home.path), 0o700);
    await assertPrivate(cache, 0o600);
    const { ino } = statSync(cache);
    assert.equal(run(home.path, file), 'first');
    assert.equal(statSync(cache).ino, ino, 'V8 took what was kept');
  });

  test('of a program that was used is preferred to code of one that was only ready', async () => {
    await using home = await temporaryDirectory();
    const file = writeProgramFile(home.path, 'aaa', 'first');
    const stages = () => readdirSync(folderIn(home.path)).map((name) => name.replace(/^.*-/, ''));
    run(home.path, file, ['ready', 'ready']);
    assert.deepEqual(stages(), ['ready']);
    run(home.path, file, ['ready', 'used', 'used']);
    assert.deepEqual(stages(), ['ready', 'used']);
    rmSync(join(folderIn(home.path), readdirSync(folderIn(home.path))[0] ?? ''));
    run(home.path, file, ['ready', 'used']);
    assert.deepEqual(stages(), ['used']);
  });

  test('is not used for another source of the same length', async () => {
    await using home = await temporaryDirectory();
    run(home.path, writeProgramFile(home.path, 'aaa', 'first'));
    assert.equal(run(home.path, writeProgramFile(home.path, 'bbb', 'other')), 'other');
    assert.equal(readdirSync(folderIn(home.path)).length, 2);
  });

  test('is replaced if damaged', async () => {
    await using home = await temporaryDirectory();
    const file = writeProgramFile(home.path, 'aaa', 'first');
    run(home.path, file);
    const [name = ''] = readdirSync(folderIn(home.path));
    const cache = join(folderIn(home.path), name);
    const whole = readFileSync(cache);
    const oneByteOff = Buffer.from(whole);
    oneByteOff[whole.length >> 1] = ~(whole[whole.length >> 1] ?? 0);
    for (const damaged of [Buffer.alloc(0), Buffer.from('nonsense'), whole.subarray(0, -8), oneByteOff]) {
      writeFileSync(cache, damaged);
      assert.equal(run(home.path, file), 'first');
      assert.equal(readFileSync(cache).equals(damaged), false);
    }
  });

  test('of another Node with the same V8 is not replaced', async () => {
    await using home = await temporaryDirectory();
    const file = writeProgramFile(home.path, 'aaa', 'first');
    const kept = () =>
      readdirSync(folderIn(home.path)).map((name) => statSync(join(folderIn(home.path), name)).ino);
    run(home.path, file);
    const [first] = kept();
    run(home.path, file, ['ready'], { node: OTHER_NODE });
    run(home.path, file);
    assert.equal(kept().length, 2);
    assert.ok(kept().includes(first ?? 0), 'V8 took what was kept');
  });

  test('is in the folder for caches of XDG if that is an absolute path', async () => {
    await using home = await temporaryDirectory();
    const file = writeProgramFile(home.path, 'aaa', 'first');
    const cacheHome = join(home.path, 'some', 'caches');
    run(home.path, file, ['ready'], { cacheHome });
    await assertPrivate(join(cacheHome, 'kube-port-forward'), 0o700);
    assert.equal(readdirSync(join(cacheHome, 'kube-port-forward')).length, 1);
    assert.deepEqual(readdirSync(home.path).sort(), [basename(file), 'some']);
    for (const invalid of ['', 'caches']) run(home.path, file, ['ready'], { cacheHome: invalid });
    assert.equal(readdirSync(folderIn(home.path)).length, 1);
  });

  test('is not kept in a folder for caches that another user can enter', async () => {
    await using home = await temporaryDirectory();
    const cacheHome = join(home.path, 'caches');
    mkdirSync(join(cacheHome, 'kube-port-forward'), { recursive: true, mode: 0o755 });
    assert.equal(
      run(home.path, writeProgramFile(home.path, 'aaa', 'first'), ['ready'], { cacheHome }),
      'first',
    );
    assert.deepEqual(readdirSync(join(cacheHome, 'kube-port-forward')), []);
  });

  test('of unused versions is removed after a month', async () => {
    await using home = await temporaryDirectory();
    mkdirSync(folderIn(home.path), { recursive: true, mode: 0o700 });
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
    for (const [name, days] of [
      ['test-old', 31],
      ['test-recent', 29],
    ] as const) {
      writeFileSync(join(folderIn(home.path), name), '');
      utimesSync(join(folderIn(home.path), name), daysAgo(days), daysAgo(days));
    }
    run(home.path, writeProgramFile(home.path, 'aaa', 'first'));
    const names = readdirSync(folderIn(home.path));
    assert.equal(names.length, 2);
    assert.ok(names.includes('test-recent'));
  });

  test('is not kept if another user can enter the folder', async () => {
    await using home = await temporaryDirectory();
    mkdirSync(folderIn(home.path), { recursive: true });
    chmodSync(folderIn(home.path), 0o750);
    run(home.path, writeProgramFile(home.path, 'aaa', 'first'));
    assert.deepEqual(readdirSync(folderIn(home.path)), []);
  });

  test('is not kept if the folder is a link or a file', async () => {
    await using home = await temporaryDirectory();
    await using elsewhere = await temporaryDirectory();
    chmodSync(elsewhere.path, 0o700);
    mkdirSync(dirname(folderIn(home.path)));
    symlinkSync(elsewhere.path, folderIn(home.path));
    run(home.path, writeProgramFile(home.path, 'aaa', 'first'));
    assert.deepEqual(readdirSync(elsewhere.path), []);
    await using other = await temporaryDirectory();
    mkdirSync(dirname(folderIn(other.path)));
    writeFileSync(folderIn(other.path), '');
    assert.equal(run(other.path, writeProgramFile(other.path, 'aaa', 'first')), 'first');
  });

  test('is not kept if the folder belongs to another user', { skip: process.getuid?.() !== 0 }, async () => {
    await using home = await temporaryDirectory();
    mkdirSync(folderIn(home.path), { recursive: true, mode: 0o700 });
    spawnSync('chown', ['12345', folderIn(home.path)]);
    run(home.path, writeProgramFile(home.path, 'aaa', 'first'));
    assert.deepEqual(readdirSync(folderIn(home.path)), []);
  });

  test('of root is not kept in the home of another user', { skip: process.getuid?.() !== 0 }, async () => {
    await using home = await temporaryDirectory();
    spawnSync('chown', ['12345', home.path]);
    const file = writeProgramFile(home.path, 'aaa', 'first');
    assert.equal(run(home.path, file), 'first');
    assert.deepEqual(readdirSync(home.path), [basename(file)]);
    await using ownHome = await temporaryDirectory();
    const cacheHome = join(home.path, 'caches');
    mkdirSync(cacheHome);
    assert.equal(run(ownHome.path, file, ['ready'], { cacheHome }), 'first');
    assert.deepEqual(readdirSync(cacheHome), []);
  });

  test('is not kept if the folder can no longer be entered at the end', async () => {
    await using home = await temporaryDirectory();
    const folder = folderIn(home.path);
    const file = join(home.path, 'program.cjs');
    const spoil = `const fs = require('node:fs'); fs.rmdirSync('${folder}'); fs.symlinkSync('${folder}', '${folder}');`;
    writeFileSync(
      file,
      `/*aaa*/(function (require, module) { module.exports.answer = () => { ${spoil} return 'first'; }; return module.exports; })`,
    );
    assert.equal(run(home.path, file), 'first');
  });

  test('is done without where there can be none', async () => {
    await using folder = await temporaryDirectory();
    assert.equal(run('/dev/null', writeProgramFile(folder.path, 'aaa', 'first')), 'first');
  });
});
