import { raceAbort } from './async.ts';
import { type Disposable, toDisposable } from './disposable.ts';

/** Subscribes a listener; the returned disposable ends the subscription. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** The sending side of an {@link Event}: keep it private, publish `event`. */
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

  /** Calls every listener that is subscribed now, unless another listener unsubscribes it first. */
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
 * Resolves when `isReached` returns true. Asks it at once, and again after each event. Rejects with the signal's reason when aborted.
 * @param signal optional, by default waits without end
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
