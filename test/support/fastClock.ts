import { type Clock, systemClock } from '../../src/base/async.ts';
import { type Disposable, toDisposable } from '../../src/base/disposable.ts';

const TICK_MS = 5;
/**
 * The maximum time by which real time advances between two readings of the clock. If more time has passed, the machine
 * was too busy to run this process. The tested code could not run in that time, so the clock skips that time.
 */
const MAX_STEP_MS = 10;

/** Returns a clock that runs `factor` times faster than real time. */
export function fastClock(factor: number): Clock {
  return factor === 1 ? systemClock : new FastClock(factor);
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

class FastClock implements Clock {
  readonly #factor: number;
  readonly #timers = new Set<Timer>();
  #now = 0;
  #lastReal = performance.now();
  #ticker: NodeJS.Timeout | undefined;

  constructor(factor: number) {
    this.#factor = factor;
  }

  now(): number {
    const real = performance.now();
    this.#now += Math.min(real - this.#lastReal, MAX_STEP_MS) * this.#factor;
    this.#lastReal = real;
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): Disposable {
    const timer = { at: this.now() + delayMs, callback };
    this.#timers.add(timer);
    this.#ticker ??= setInterval(() => this.#tick(), TICK_MS);
    return toDisposable(() => {
      this.#timers.delete(timer);
      this.#stopIfIdle();
    });
  }

  #tick(): void {
    const now = this.now();
    const due = [...this.#timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const timer of due) {
      // Skips a timer that the callback of an earlier timer has disposed of.
      if (this.#timers.delete(timer)) timer.callback();
    }
    this.#stopIfIdle();
  }

  #stopIfIdle(): void {
    if (this.#timers.size > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }
}
