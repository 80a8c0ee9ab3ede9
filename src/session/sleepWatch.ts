import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';

const INTERVAL_MS = 5_000;
/** What a busy machine may be late by. */
const TOLERANCE_MS = 5_000;

/**
 * Notices that the machine slept: by the calendar more time has passed than by its timers, which stand still meanwhile. A
 * calendar that was put forward looks the same, and does no harm. Disposing ends it.
 */
export class SleepWatch implements Disposable {
  readonly #clock: Clock;
  readonly #calendar: () => number;
  readonly #didWake = new Emitter<void>();
  #timer: Disposable | undefined;

  /** Fires when the machine has woken. */
  readonly onDidWake: Event<void> = this.#didWake.event;

  /** @param calendar the time of day, milliseconds: `Date.now` */
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
