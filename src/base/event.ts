import { raceAbort } from './async.ts';
import { type Disposable, toDisposable } from './disposable.ts';

/**
 * An event: a function that subscribes a callback to the values of the event. Disposing of the returned object ends the
 * subscription.
 */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * The sender of an {@link Event}: {@link fire} passes a value to all subscribed callbacks. The owner exposes only
 * `event` and not the emitter, so that no other code can fire the event.
 */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();
  #isDisposed = false;

  readonly event: Event<T> = (listener) => {
    if (this.#isDisposed) return toDisposable(() => {});
    const entry = { call: listener };
    this.#listeners.add(entry);
    return toDisposable(() => this.#listeners.delete(entry));
  };

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /**
   * Calls all callbacks that are subscribed at this moment. If one callback ends the subscription of a second one
   * before the second one is called, the second one is not called.
   */
  fire(value: T): void {
    for (const entry of [...this.#listeners]) {
      if (this.#listeners.has(entry)) entry.call(value);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#listeners.clear();
  }
}

/**
 * Resolves when `isReached` returns true. Calls `isReached` at once, and again after each event. If `signal` is aborted
 * first, rejects with the signal's reason.
 * @param signal optional, default: waits until `isReached` returns true
 */
export async function until(
  event: Event<unknown>,
  isReached: () => boolean,
  signal?: AbortSignal,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = () => {
    if (isReached()) resolve();
  };
  const subscription = event(check);
  try {
    check();
    await (signal === undefined ? promise : raceAbort(promise, signal));
  } finally {
    subscription.dispose();
  }
}
