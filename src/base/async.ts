import { type Disposable, DisposableStore, type ScopedDisposable, toDisposable } from './disposable.ts';

/**
 * The current time and timers, in milliseconds. Code gets a clock as a parameter, so that tests can pass a simulated
 * clock and do not have to wait.
 */
export interface Clock {
  /** Returns a monotonic time: only the difference between two values has a meaning. */
  now(): number;
  /** Calls `callback` once, after `delayMs`. Disposing of the returned object earlier cancels the call. */
  setTimer(delayMs: number, callback: () => void): Disposable;
}

/** The longest delay of a Node timer, 24.8 days. With a longer delay, Node would fire the timer after 1 ms. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * The real clock. Its timers keep the process alive until they fire or are disposed. A timer with a longer delay than
 * {@link LONGEST_DELAY_MS}, such as Infinity, fires after that delay.
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_DELAY_MS));
    return toDisposable(() => clearTimeout(timer));
  },
};

/** Resolves after `delayMs`. If `signal` is aborted first, rejects with the signal's reason. */
export function delay(delayMs: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.dispose();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Settles like `promise`. If `signal` is aborted first, rejects with the signal's reason. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => {});
      return reject(signal.reason);
    }
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/**
 * Calls `callback` when the signal is aborted, or at once if the signal is already aborted. Disposing of the returned
 * object removes the callback.
 */
export function onAbort(signal: AbortSignal, callback: () => void): ScopedDisposable {
  if (signal.aborted) {
    callback();
    return toDisposable(() => {});
  }
  signal.addEventListener('abort', callback, { once: true });
  return toDisposable(() => signal.removeEventListener('abort', callback));
}

/**
 * Limits the time of an operation: returns an object with a signal for the operation. After `limitMs`, the signal is
 * aborted with `error()` as its reason. If `parent` is aborted first, the signal is aborted at that time, with the
 * reason of `parent`. Dispose of the object when the operation has ended, so that the signal is not aborted afterwards.
 */
export function deadline(
  parent: AbortSignal | undefined,
  limitMs: number,
  error: () => unknown,
  clock: Clock = systemClock,
): ScopedDisposable & { readonly signal: AbortSignal } {
  const limit = new AbortController();
  const owned = new DisposableStore();
  if (parent !== undefined) owned.add(onAbort(parent, () => limit.abort(parent.reason)));
  owned.add(clock.setTimer(limitMs, () => limit.abort(error())));
  return Object.assign(owned, { signal: limit.signal });
}
