import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { ForwardSpecification } from '../rpc/contract.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import type { Holders } from './holders.ts';

/** A forward that a person has stopped, as it would come back. */
export interface StoppedForward {
  readonly specification: ForwardSpecification;
  readonly owner: ForwardOwner;
  /** Its environment is kept with it. */
  readonly retained: Disposable;
  readonly holders: Holders;
}

/** How long a person may take to change their mind, milliseconds. */
const UNDO_MS = 300_000;

/** What a person has stopped and may want back. Whoever makes it disposes of it. */
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

  /** The forward, which is another's to keep now. */
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
