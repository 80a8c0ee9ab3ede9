import { type Clock, delay } from '../base/async.ts';
import { systemErrorCode } from '../base/errors.ts';

/**
 * The codes with which an operation on a file can fail on Windows while another program has the file open. Virus
 * scanners and indexers, for example, open each new file for a moment.
 */
const BUSY_CODES: ReadonlySet<string | undefined> = new Set(['EBUSY', 'EPERM', 'EACCES']);
const LIMIT_MS = 1_000;
const PAUSE_MS = 50;

/**
 * Repeats `action` for at most a second while it fails because another program has the file open. On systems other than
 * Windows, only `EBUSY` means that: the other codes are final errors, and are thrown immediately.
 * @throws the last error of `action`
 */
export async function retryWhileBusy<T>(
  action: () => Promise<T>,
  clock: Clock,
  platform: NodeJS.Platform = process.platform,
): Promise<T> {
  const deadline = clock.now() + LIMIT_MS;
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const code = systemErrorCode(error);
      const isBusy = BUSY_CODES.has(code) && (platform === 'win32' || code === 'EBUSY');
      if (!isBusy || clock.now() >= deadline) throw error;
      await delay(PAUSE_MS, undefined, clock);
    }
  }
}
