import type { Clock } from '../../src/base/async.ts';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';

/** A clock that moves when told to. */
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

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How many have been set in all. */
  get started(): number {
    return this.#started;
  }

  /** Leaps over the time without calling anything on the way, as while a machine sleeps; what is due is called then. */
  leap(byMs: number): void {
    this.#nowMs += byMs;
    this.advance(0);
  }

  /** Moves on, and calls what is due on the way, in its order. */
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
