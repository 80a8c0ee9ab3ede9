import { stat } from 'node:fs/promises';
import type { Clock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { systemErrorCode } from '../base/errors.ts';
import type { Election } from '../rpc/election.ts';

const INTERVAL_MS = 5_000;
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
  let looks = 0;
  const look = async () => {
    if (++looks % REFRESH_EVERY === 0) await election.refresh().catch(() => {});
    const isThere = (await isInstalled(script)) && (await election.isLeading().catch(() => false));
    if (isDisposed) return;
    if (isThere) schedule();
    else onGone();
  };
  const schedule = () => {
    timer = clock.setTimer(INTERVAL_MS, () => void look());
  };
  schedule();
  return toDisposable(() => {
    isDisposed = true;
    timer?.dispose();
  });
}

async function isInstalled(script: string): Promise<boolean> {
  try {
    await stat(script);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ENOENT';
  }
}
