import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * A pause in which the pool dials no tunnels. It follows a failed dial, or the loss of a tunnel soon after its
 * opening. Each failure doubles the next pause, up to 30 s.
 */
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

  /** Starts the pause. Does nothing during a pause, so that several failures at the same time count as one. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#nextMs, () => {
      this.#timer = undefined;
      this.#onOver();
    });
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  /** Resets the length of the next pause, after a tunnel was opened. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
