import { type Disposable, DisposableStore, type ScopedDisposable, toDisposable } from './disposable.ts';

/** The time and its timers, in milliseconds. Injected so that tests do not wait. */
export interface Clock {
  /** Monotonic: only differences between two values have a meaning. */
  now(): number;
  /** Calls back once; disposing it first prevents the call. */
  setTimer(delayMs: number, callback: () => void): Disposable;
}

/** The real clock. Its timers keep the process alive until they fire or are disposed. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return toDisposable(() => clearTimeout(timer));
  },
};

/** Resolves after `delayMs`; rejects with the signal's reason if it is aborted before. */
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

/** Waits for `promise` until `signal` is aborted, and then rejects with the signal's reason. */
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

/** Calls back when the signal is aborted, or at once if it already is. Disposing ends the subscription. */
export function onAbort(signal: AbortSignal, callback: () => void): ScopedDisposable {
  if (signal.aborted) {
    callback();
    return toDisposable(() => {});
  }
  signal.addEventListener('abort', callback, { once: true });
  return toDisposable(() => signal.removeEventListener('abort', callback));
}

/**
 * Returns a signal that is aborted with the parent, or with `error()` when `limitMs` have passed. Disposing ends the limit and leaves
 * the signal as it is.
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
