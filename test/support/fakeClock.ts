import type { Clock } from '../../src/base/async.ts';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';

/** A clock whose time advances only when a test calls {@link FakeClock.advance} or {@link FakeClock.leap}. */
export class FakeClock implements Clock {
  #nowMs = 0;
  #started = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Disposable {
    this.#started++;
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return toDisposable(() => this.#timers.delete(timer));
  }

  /** The number of pending timers. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The number of timers set so far. */
  get started(): number {
    return this.#started;
  }

  /** Advances the time in one step and then calls the due timers, as when a machine has been asleep. */
  leap(byMs: number): void {
    this.#nowMs += byMs;
    this.advance(0);
  }

  /** Advances the time, and calls each timer in order at its time. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
    }
    this.#nowMs = endMs;
  }
}
