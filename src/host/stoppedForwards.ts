import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { ForwardSpecification } from '../rpc/contract.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import type { Holders } from './holders.ts';

/** A forward that a person stopped, with everything needed to restore it. */
export interface StoppedForward {
  readonly specification: ForwardSpecification;
  readonly owner: ForwardOwner;
  /** Keeps the forward's environment. */
  readonly retained: Disposable;
  readonly holders: Holders;
}

/** How long a stopped forward can be restored, in milliseconds. */
const UNDO_MS = 300_000;

/** The forwards that a person stopped and may restore. The creator disposes of it. */
export class StoppedForwards implements Disposable {
  readonly #clock: Clock;
  readonly #forwards = new Map<string, StoppedForward & { readonly timer: Disposable }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get holders(): readonly Holders[] {
    return [...this.#forwards.values()].map(({ holders }) => holders);
  }

  add(id: string, forward: StoppedForward): void {
    const timer = this.#clock.setTimer(UNDO_MS, () => this.take(id)?.retained.dispose());
    this.#forwards.set(id, { ...forward, timer });
  }

  /** Removes and returns the forward. The caller owns it. */
  take(id: string): StoppedForward | undefined {
    const forward = this.#forwards.get(id);
    this.#forwards.delete(id);
    forward?.timer.dispose();
    return forward;
  }

  dispose(): void {
    for (const id of [...this.#forwards.keys()]) this.take(id)?.retained.dispose();
  }
}
