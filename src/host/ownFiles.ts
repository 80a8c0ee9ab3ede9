import type { Clock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { isMissing } from '../base/exists.ts';
import type { Election } from '../rpc/election.ts';

const INTERVAL_MS = 5_000;
/**
 * If this many checks in a row (one minute) do not find the host's program, the program counts as uninstalled. A single
 * check may not find the program during an update: `npm install` renames the old folder before it unpacks the new one.
 */
const MISSING_CHECKS = 12;
/**
 * The host updates the modification time of its record after this many checks, which is once an hour. Otherwise, the
 * system may delete the record as an old temporary file.
 */
const REFRESH_EVERY = 720;

/**
 * Checks every 5 s that the host's program is still installed, and that clients can still find the host by its record
 * (the file that names its socket). If not, calls `onGone` once, so that the host ends. The caller disposes of the
 * result.
 */
export function watchOwnFiles(
  script: string,
  election: Election,
  clock: Clock,
  onGone: () => void,
): Disposable {
  let timer: Disposable | undefined;
  let isDisposed = false;
  let checks = 0;
  let missing = 0;
  const check = async () => {
    if (++checks % REFRESH_EVERY === 0) await election.refresh().catch(() => {});
    missing = (await isMissing(script)) ? missing + 1 : 0;
    // If the folder cannot be read, assumes that the record still exists. The reason may be that this process has too
    // many files open (EMFILE), and the host must not end then, because its forwards still work.
    const isGone = missing >= MISSING_CHECKS || !(await election.isLeading().catch(() => true));
    if (isDisposed) return;
    if (isGone) onGone();
    else schedule();
  };
  const schedule = () => {
    timer = clock.setTimer(INTERVAL_MS, () => void check());
  };
  schedule();
  return toDisposable(() => {
    isDisposed = true;
    timer?.dispose();
  });
}
