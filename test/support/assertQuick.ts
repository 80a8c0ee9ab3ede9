import assert from 'node:assert/strict';
import vm from 'node:vm';

/** Work that should take milliseconds fails after one second of CPU time, however busy the machine is. */
const CPU_LIMIT_US = 1_000_000;
/** Work that would never end is interrupted, because it would block the whole test file. */
const TIMEOUT_MS = 20_000;

/** Runs synchronous work that should take milliseconds. Fails if the work takes seconds or does not end. */
export function assertQuick(name: string, work: () => void): void {
  const before = process.cpuUsage();
  try {
    vm.runInNewContext('work()', { work }, { timeout: TIMEOUT_MS });
  } catch (error) {
    assert.notEqual(
      (error as { code?: unknown }).code,
      'ERR_SCRIPT_EXECUTION_TIMEOUT',
      `${name} did not end`,
    );
    throw error;
  }
  const { user } = process.cpuUsage(before);
  assert.ok(user < CPU_LIMIT_US, `${name} took ${user} µs`);
}
