import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { watchOwnFiles } from '../../../src/host/ownFiles.ts';
import type { Election } from '../../../src/rpc/election.ts';
import { eventually } from '../../support/eventually.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

/**
 * Watches the files of a host. `results` are the results of `isLeading`, in order: whether this host is still the one
 * that clients connect to. The last result repeats.
 */
async function bench(test: TestContext, folder: string, ...results: readonly (boolean | Error)[]) {
  const clock = new FakeClock();
  const script = join(folder, 'host.js');
  await writeFile(script, '');
  let checks = 0;
  let ends = 0;
  const isLeading = async () => {
    const result = results[Math.min(checks++, results.length - 1)] ?? true;
    if (result instanceof Error) throw result;
    return await Promise.resolve(result);
  };
  const election: Election = { number: 1, isLeading, refresh: () => Promise.resolve() };
  const watch = watchOwnFiles(script, election, clock, () => ends++);
  test.after(() => watch.dispose());
  /** Checks once. Resolves when the next check is scheduled, or the host ends. */
  const check = async () => {
    const before = ends;
    clock.advance(5_000);
    await eventually(() => clock.pending > 0 || ends > before, 'the end of the check');
    return ends;
  };
  return { script, check };
}

test('a host whose files cannot be checked for a while goes on, and ends once its record is gone', async (t) => {
  await using folder = await temporaryDirectory();
  const tooMany = Object.assign(new Error('EMFILE: too many open files, scandir'), { code: 'EMFILE' });
  const { check } = await bench(t, folder.path, tooMany, true, false);
  assert.equal(await check(), 0, 'too many open files');
  assert.equal(await check(), 0, 'leading');
  assert.equal(await check(), 1, 'the record is gone');
});

test('a host whose program was uninstalled ends', async (t) => {
  await using folder = await temporaryDirectory();
  const { script, check } = await bench(t, folder.path);
  assert.equal(await check(), 0);
  await rm(script);
  for (let seconds = 5; seconds < 60; seconds += 5) assert.equal(await check(), 0, `after ${seconds} s`);
  assert.equal(await check(), 1);
});

test('a host goes on while an update replaces its program', async (t) => {
  await using folder = await temporaryDirectory();
  const { script, check } = await bench(t, folder.path);
  for (let update = 0; update < 12; update++) {
    await rm(script);
    assert.equal(await check(), 0, 'npm has renamed the old folder, and unpacks the new one');
    await writeFile(script, '');
    assert.equal(await check(), 0);
  }
});
