import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** Time in which no tunnel is asked for, after one that was refused or lost at once: twice as long after each. */
export class GrowthPause implements Disposable {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  #timer: Disposable | undefined;
  #nextMs = FIRST_MS;

  constructor(clock: Clock, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  get isActive(): boolean {
    return this.#timer !== undefined;
  }

  /** Several failures at once are one. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#nextMs, () => {
      this.#timer = undefined;
      this.#onOver();
    });
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  /** A tunnel was had: the next pause is short again. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
