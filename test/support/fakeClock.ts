import type { Clock } from '../../src/base/async.ts';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';

/** A clock that moves on request only. */
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

  /** Moves on without calling timers on the way, as while a machine sleeps, and then calls the due ones. */
  leap(byMs: number): void {
    this.#nowMs += byMs;
    this.advance(0);
  }

  /** Moves on and calls the due timers in order. */
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
