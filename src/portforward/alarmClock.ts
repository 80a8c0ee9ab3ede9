import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/**
 * Calls `onAlarm` at a set time. Changing the time costs almost nothing, so it can be changed with each connection. If
 * the new time is later, the running system timer is kept: when it fires too early, it is started again for the
 * remaining time.
 */
export class AlarmClock implements Disposable {
  readonly #clock: Clock;
  readonly #onAlarm: () => void;
  #atMs = Infinity;
  #timer: { readonly atMs: number; readonly timer: Disposable } | undefined;

  constructor(clock: Clock, onAlarm: () => void) {
    this.#clock = clock;
    this.#onAlarm = onAlarm;
  }

  /**
   * Sets the time at which `onAlarm` is called once, instead of the previous time.
   * @param atMs a time of the clock; undefined: `onAlarm` is not called
   */
  set(atMs: number | undefined): void {
    this.#atMs = atMs ?? Infinity;
    if (this.#atMs < (this.#timer?.atMs ?? Infinity)) this.#start();
  }

  dispose(): void {
    this.#timer?.timer.dispose();
    this.#timer = undefined;
    this.#atMs = Infinity;
  }

  #start(): void {
    this.#timer?.timer.dispose();
    const atMs = this.#atMs;
    const timer = this.#clock.setTimer(Math.max(0, atMs - this.#clock.now()), () => this.#ring());
    this.#timer = { atMs, timer };
  }

  #ring(): void {
    this.#timer = undefined;
    if (this.#atMs === Infinity) return;
    if (this.#atMs > this.#clock.now()) return this.#start();
    this.#atMs = Infinity;
    this.#onAlarm();
  }
}
