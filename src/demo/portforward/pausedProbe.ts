import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';

const INTERVAL_MS = 250;

/**
 * Detects that the client is gone while the tunnel is not read because of a slow pod. The client's FIN is not read then
 * either, so the probe writes to the client every 250 ms: a peer that is gone responds with a reset, which closes the
 * tunnel.
 */
export class PausedProbe implements Disposable {
  readonly #clock: Clock;
  readonly #write: () => void;
  #timer: Disposable | undefined;

  /** @param write sends a few bytes that the client ignores */
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
