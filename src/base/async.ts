import { type Disposable, toDisposable } from './disposable.ts';

/** The time and its timers, injected so that tests need not wait. Milliseconds throughout. */
export interface Clock {
  /** Monotonic: differences mean something, the value itself does not. */
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

/** Waits for `promise`, but no longer than until `signal` is aborted: then it rejects with the signal's reason. */
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

/** Calls back when the signal is aborted, at once if it already is. Disposing it ends the subscription. */
export function onAbort(signal: AbortSignal, callback: () => void): Disposable {
  if (signal.aborted) {
    callback();
    return toDisposable(() => {});
  }
  signal.addEventListener('abort', callback, { once: true });
  return toDisposable(() => signal.removeEventListener('abort', callback));
}

/** How long one thing may work while others wait, milliseconds: many pieces of work may stand in a byte's way. */
const TURN_MS = 2;

/** Divides long work, so that what arrives meanwhile has its turn. */
export class Pacer {
  #turnStartMs = performance.now();

  /** To be awaited between pieces of work: lets others have their turn if this one has had its own. */
  async pause(): Promise<void> {
    if (performance.now() - this.#turnStartMs < TURN_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#turnStartMs = performance.now();
  }
}
