import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertPrivate } from '../../support/assertPrivate.ts';
import { temporaryFolder } from '../../support/temporaryDirectory.ts';

/** Runs JavaScript lines in a separate process. In them, `said(text)` prints a line. Returns the printed lines. */
function run(lines: string): { readonly printed: readonly string[]; readonly status: number | null } {
  const { stdout, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { containFailures, recordCrashes, runContained } from './src/host/containment.ts';
       const said = (text) => process.stdout.write(text + '\\n');
       containFailures((error) => { said('uncontained: ' + error.message); process.exit(1); });
       const contained = (run) => runContained((error) => said('contained: ' + error?.message), run);
       const fail = (text) => { throw new Error(text); };
       ${lines}`,
    ],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { printed: stdout.trim().split('\n'), status };
}

test('a late error of contained work reaches its handler, and the process continues', () => {
  const { printed, status } = run(`
    contained(() => {
      setTimeout(() => fail('timer'), 1);
      setTimeout(() => setImmediate(() => fail('timer in a timer')), 20);
      void Promise.resolve().then(() => fail('promise'));
    });
    setTimeout(() => said('still there'), 200);
  `);
  assert.deepEqual(printed, [
    'contained: promise',
    'contained: timer',
    'contained: timer in a timer',
    'still there',
  ]);
  assert.equal(status, 0);
});

test('two pieces of contained work keep their failures apart', () => {
  const { printed } = run(`
    for (const name of ['a', 'b'])
      runContained((error) => said(name + ': ' + error.message), () => setTimeout(() => fail('broken ' + name), 1));
  `);
  assert.deepEqual(printed, ['a: broken a', 'b: broken b']);
});

test('an error outside contained work or in a handler ends the process', () => {
  const outside = run(`setTimeout(() => fail('outside'), 1); setTimeout(() => said('still there'), 5_000);`);
  assert.deepEqual(outside, { printed: ['uncontained: outside'], status: 1 });
  const handler = run(`
    runContained(() => setImmediate(() => fail('in the handler')), () => setTimeout(() => fail('work'), 1));
    setTimeout(() => said('still there'), 5_000);
  `);
  assert.deepEqual(handler, { printed: ['uncontained: in the handler'], status: 1 });
});

test('an uncaught error is recorded in a file that other users cannot read', async (test) => {
  const folder = await temporaryFolder(test);
  run(`recordCrashes(${JSON.stringify(folder)}); setTimeout(() => fail('outside'), 1);`);
  const path = join(folder, 'last-crash.txt');
  assert.match(await readFile(path, 'utf8'), /^\S+Z\nError: outside\n +at fail /);
  await assertPrivate(path);
});

test('a late error of contained work that cannot be recorded reaches its handler, and the process continues', async (test) => {
  const missing = join(await temporaryFolder(test), 'missing');
  const { printed } = run(`
    recordCrashes(${JSON.stringify(missing)});
    contained(() => setTimeout(() => fail('timer'), 1));
    contained(() => setTimeout(() => { throw undefined; }, 20));
    setTimeout(() => said('still there'), 200);
  `);
  assert.deepEqual(printed, ['contained: timer', 'contained: undefined', 'still there']);
});
