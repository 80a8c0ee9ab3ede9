import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';

/**
 * Calls `onAlarm` at a set time. The tunnel pool changes this time whenever a connection begins or ends, so a change
 * must cost almost nothing. Therefore, if the new time is later than the old time, the running system timer is not
 * replaced. When this timer fires before the new time, it is started again for the remaining time.
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
   * Sets the time at which `onAlarm` is called once. Replaces the time that was set before.
   * @param atMs the time on the clock, in milliseconds; undefined cancels the call
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
