import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * The pauses in which the tunnel pool opens no tunnels, so that the pool does not burden a failing API server. A pause
 * begins when an attempt to open a tunnel fails, or when a tunnel is lost soon after it was opened. The first pause
 * lasts 1 s, and each further pause lasts twice as long, up to 30 s. Once a tunnel has been opened, the next pause
 * lasts 1 s again.
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

  /** Starts a pause. Does nothing if a pause is running, so that several failures at the same time count as one. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#timer = this.#clock.setTimer(this.#nextMs, () => {
      this.#timer = undefined;
      this.#onOver();
    });
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
  }

  /** Makes the next pause short again (1 s), because a tunnel was opened. */
  reset(): void {
    this.#nextMs = FIRST_MS;
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
