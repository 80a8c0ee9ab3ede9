import type { Clock } from '../../base/async.ts';
import type { Disposable } from '../../base/disposable.ts';

const INTERVAL_MS = 250;

/**
 * Detects that the client is gone while its tunnel is paused. The server pauses reading a tunnel if a pod is slow, and
 * then does not notice the client's FIN. Therefore the probe writes to the client every 250 ms: the machine of a client
 * that is gone responds with a reset, which closes the tunnel.
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
