import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';

/**
 * A queue of objects to reconcile, by their keys. Calls `reconcile` for each key soon after the key was added. If a key
 * is added several times before that, `reconcile` is called once.
 */
export class ControllerLoop implements Disposable {
  readonly #clock: Clock;
  readonly #reconcile: (key: string) => void;
  readonly #queue = new Set<string>();
  #timer: Disposable | undefined;
  #isDisposed = false;

  constructor(clock: Clock, reconcile: (key: string) => void) {
    this.#clock = clock;
    this.#reconcile = reconcile;
  }

  enqueue(key: string): void {
    if (this.#isDisposed) return;
    this.#queue.add(key);
    this.#timer ??= this.#clock.setTimer(0, () => this.#work());
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#queue.clear();
    this.#timer?.dispose();
  }

  #work(): void {
    this.#timer = undefined;
    const keys = [...this.#queue];
    this.#queue.clear();
    for (const key of keys) this.#reconcile(key);
  }
}
