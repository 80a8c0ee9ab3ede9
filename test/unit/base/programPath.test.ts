import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemErrorCode } from '../../../src/base/errors.ts';
import { findOnPath, startErrorCode } from '../../../src/base/programPath.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const posixOnly = { skip: process.platform === 'win32' };

test(
  'a program that no folder of PATH has is not found, whatever the last folder is',
  posixOnly,
  async () => {
    await using directory = await temporaryDirectory();
    const at = (name: string) => join(directory.path, name);
    await writeFile(at('file'), '');
    await mkdir(at('unexecutable'));
    await writeFile(at('unexecutable/program'), '', { mode: 0o644 });
    await mkdir(at('closed'));
    await chmod(at('closed'), 0);
    await mkdir(at('folder/program'), { recursive: true });
    await mkdir(at('broken'));
    await symlink(at('missing'), at('broken/program'));
    for (const folder of ['file', 'unexecutable', 'closed', 'folder', 'broken', 'missing']) {
      const { code, system } = await tryStart('program', `/usr/bin:${at(folder)}`);
      assert.equal(code, 'ENOENT', `${folder}, where the system says ${system}`);
    }
  },
);

test('a program that is found and cannot be started keeps the code of the system', posixOnly, async () => {
  await using directory = await temporaryDirectory();
  const program = join(directory.path, 'program');
  // The file is executable, but its `#!` line names a folder instead of a program.
  await writeFile(program, `#!${directory.path}\n`, { mode: 0o755 });
  assert.equal((await tryStart('program', directory.path)).code, 'EACCES');
  // A command with a slash is a path, so PATH is not searched.
  await chmod(program, 0o644);
  assert.equal((await tryStart(program, directory.path)).code, 'EACCES');
  assert.equal((await tryStart(`${program}/x`, directory.path)).code, 'ENOTDIR');
});

test(
  'a program in a relative folder of PATH is not found, but one in a later absolute folder is',
  posixOnly,
  async (t) => {
    await using directory = await temporaryDirectory();
    const { path } = directory;
    const [program, folder] = [join(path, 'bin/program'), process.cwd()];
    await mkdir(join(path, 'bin'));
    await writeFile(program, '#!/missing\n', { mode: 0o755 });
    t.after(() => process.chdir(folder));
    process.chdir(join(path, 'bin'));
    const relatives = ['', '.', './', '../bin'].join(':');
    assert.equal(await findOnPath('program', { PATH: relatives }), undefined);
    assert.equal(await findOnPath('program', { PATH: `${relatives}:${path}/bin` }), program);
    assert.equal(await startErrorCode('EACCES', 'program', { PATH: relatives }), 'ENOENT');
  },
);

/** Tries to start a command, which fails. Returns the system's error code, and the code that startErrorCode returns. */
async function tryStart(
  command: string,
  path: string,
): Promise<{ readonly code: string; readonly system: string }> {
  const environment = { PATH: path };
  let error: unknown;
  try {
    [error] = await once(spawn(command, { env: environment }), 'error');
  } catch (thrown) {
    error = thrown;
  }
  const system = systemErrorCode(error) ?? 'none';
  return { code: await startErrorCode(system, command, environment), system };
}
