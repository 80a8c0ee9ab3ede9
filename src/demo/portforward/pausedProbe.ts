import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';

const INTERVAL_MS = 250;

/**
 * Writes to the client while a slow pod keeps the tunnel from being read, because the client's end stays unread too: a peer
 * that is gone answers with a reset. Without the probe, a closed tunnel would remain until the pod reads on.
 */
export class PausedProbe implements Disposable {
  readonly #clock: Clock;
  readonly #write: () => void;
  #timer: Disposable | undefined;

  /** @param write sends a few bytes that mean nothing to the client */
  constructor(clock: Clock, write: () => void) {
    this.#clock = clock;
    this.#write = write;
  }

  update(isPaused: boolean): void {
    if (!isPaused) this.dispose();
    else this.#timer ??= this.#clock.setTimer(INTERVAL_MS, () => this.#probe());
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }

  #probe(): void {
    this.#timer = undefined;
    this.#write();
    this.update(true);
  }
}
