import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';

const INTERVAL_MS = 5_000;
/** How late a timer may fire on a busy machine. A longer delay means that the machine slept. */
const TOLERANCE_MS = 5_000;

/**
 * Detects when the machine wakes from sleep. Timers stop during sleep, but the time of day continues: if a timer fires
 * much later than expected, the machine slept. A clock that is set forward looks the same, which is harmless: sessions
 * then only reconnect. The caller disposes of the watch.
 */
export class SleepWatch implements Disposable {
  readonly #clock: Clock;
  readonly #calendar: () => number;
  readonly #didWake = new Emitter<void>();
  #timer: Disposable | undefined;

  /** Fires when the machine has woken. */
  readonly onDidWake: Event<void> = this.#didWake.event;

  /** @param calendar returns the time of day in milliseconds, as `Date.now` does */
  constructor(clock: Clock, calendar: () => number) {
    this.#clock = clock;
    this.#calendar = calendar;
    this.#schedule();
  }

  dispose(): void {
    this.#timer?.dispose();
    this.#didWake.dispose();
  }

  #schedule(): void {
    const before = this.#calendar();
    this.#timer = this.#clock.setTimer(INTERVAL_MS, () => {
      const slept = this.#calendar() - before > INTERVAL_MS + TOLERANCE_MS;
      this.#schedule();
      if (slept) this.#didWake.fire();
    });
  }
}
