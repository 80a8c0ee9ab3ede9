import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryWhileBusy } from '../../../src/rpc/whileBusy.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { untilSettled } from '../../support/untilSettled.ts';

const failure = (code: string) => Object.assign(new Error(`link ${code}`), { code });

/** Returns an action that fails this many times with the code, and counts its runs. */
function failing(code: string, times: number) {
  const run = {
    count: 0,
    action: async () => (++run.count > times ? 'done' : Promise.reject(failure(code))),
  };
  return run;
}

for (const code of ['EBUSY', 'EPERM', 'EACCES']) {
  test(`a file that a virus scanner has open (${code}) is tried again on Windows`, async () => {
    const clock = new FakeClock();
    const run = failing(code, 5);
    assert.equal(await untilSettled(retryWhileBusy(run.action, clock, 'win32'), clock, 50), 'done');
    assert.equal(run.count, 6);
  });
}

test('a file that stays busy is given up after a second with the last error', async () => {
  const clock = new FakeClock();
  const run = failing('EBUSY', Infinity);
  await assert.rejects(untilSettled(retryWhileBusy(run.action, clock, 'win32'), clock, 50), {
    code: 'EBUSY',
  });
  assert.ok(clock.now() >= 1_000 && clock.now() < 1_200, String(clock.now()));
});

test('another error, or a missing right on another system, is not tried again', async () => {
  const clock = new FakeClock();
  for (const [code, platform] of [
    ['EEXIST', 'win32'],
    ['EACCES', 'linux'],
  ] as const) {
    const run = failing(code, 1);
    await assert.rejects(retryWhileBusy(run.action, clock, platform), { code });
    assert.equal(run.count, 1);
  }
});
