import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { homeFolder } from '../../../src/base/homeFolder.ts';

test("the home folder is the system's, or the root of the file system", () => {
  let named = '/';
  try {
    named = homedir();
  } catch {
    // The tests may run as a user id without HOME and passwd entry.
  }
  assert.equal(homeFolder(), named);
});

test('a user id without HOME and passwd entry has the root of the file system as home', {
  skip: process.geteuid?.() !== 0,
}, () => {
  const module = new URL('../../../src/base/homeFolder.ts', import.meta.url);
  const script = `import { homeFolder } from ${JSON.stringify(module.href)}; process.stdout.write(homeFolder());`;
  const options = { uid: 54_321, gid: 54_321, env: {}, encoding: 'utf8' } as const;
  assert.equal(execFileSync(process.execPath, ['--input-type=module', '-e', script], options), '/');
});
