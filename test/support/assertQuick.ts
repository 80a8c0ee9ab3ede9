import assert from 'node:assert/strict';
import vm from 'node:vm';

/** The CPU time that the work may take. Unlike elapsed time, CPU time is not longer on a busy machine. */
const CPU_LIMIT_US = 1_000_000;
/** The elapsed time after which the work is interrupted. Work that never ends would block the whole test file. */
const TIMEOUT_MS = 20_000;

/**
 * Runs synchronous work that should take milliseconds, and returns its result. Fails if the work takes seconds or does
 * not end.
 */
export function assertQuick<T>(name: string, work: () => T): T {
  const before = process.cpuUsage();
  try {
    return vm.runInNewContext('work()', { work }, { timeout: TIMEOUT_MS }) as T;
  } catch (error) {
    assert.notEqual(
      (error as { code?: unknown }).code,
      'ERR_SCRIPT_EXECUTION_TIMEOUT',
      `${name} did not end`,
    );
    throw error;
  } finally {
    const { user } = process.cpuUsage(before);
    assert.ok(user < CPU_LIMIT_US, `${name} took ${user} µs`);
  }
}
