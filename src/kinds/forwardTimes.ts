import { usage } from '../base/errors.ts';

/** How long a forward waits, in milliseconds. */
export interface ForwardTimes {
  /** How long a starting forward waits for a running pod. Default {@link POD_RUNNING_TIMEOUT_MS}. */
  readonly podRunningTimeoutMs?: number;
  /** How long a connected forward waits for its target after a deletion. Default {@link WAIT_FOR_TARGET_MS}. */
  readonly waitForTargetMs?: number;
}

/**
 * How long to wait for a suitable pod of the target, in milliseconds. After this time, the search for a pod fails.
 * kubectl's `--pod-running-timeout` has the same default.
 */
export const POD_RUNNING_TIMEOUT_MS = 60_000;
/** How long a forward waits for a target that was deleted, in milliseconds. */
export const WAIT_FOR_TARGET_MS = 600_000;

const FIELD_NAMES: Readonly<Record<keyof ForwardTimes, string>> = {
  podRunningTimeoutMs: 'podRunningTimeoutMs',
  waitForTargetMs: 'waitForTargetMs',
};

/**
 * Checks the times of a forward. A missing time is valid. `NaN` is not.
 * @param names the names of the times in the errors, if these are not the names of the fields
 * @throws CodedError `USAGE`
 */
export function checkTimes(
  { podRunningTimeoutMs, waitForTargetMs }: ForwardTimes,
  names = FIELD_NAMES,
): void {
  if (podRunningTimeoutMs !== undefined && !(podRunningTimeoutMs > 0)) {
    throw usage(`${names.podRunningTimeoutMs} must be greater than 0`);
  }
  if (waitForTargetMs !== undefined && !(waitForTargetMs >= 0)) {
    throw usage(`${names.waitForTargetMs} must not be negative`);
  }
}
