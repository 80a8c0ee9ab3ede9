import { type Clock, delay, systemClock } from './async.ts';

/** How long one task may run while others wait, in milliseconds. Short, because many tasks may run before a byte moves on. */
const TURN_MS = 2;
/** The event loop had other work if it came back to a task later than this. Milliseconds. */
const BUSY_MS = 0.5;
/** How long a task rests if there was other work, in milliseconds. A task then gets a quarter of the time, and traffic the rest. */
const REST_MS = 6;

/**
 * Splits long work into turns, so that the event loop handles new events in between. While the loop has other work, the task also rests
 * between its turns: a cluster whose answers never end does not slow down the forwards of other clusters.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #nextTurn: () => Promise<void>;
  #turnStartMs: number;

  constructor(clock: Clock = systemClock, nextTurn = turnOfEventLoop) {
    this.#clock = clock;
    this.#nextTurn = nextTurn;
    this.#turnStartMs = clock.now();
  }

  /** Yields to the event loop if the current turn is over. Await it between pieces of work. */
  async pause(): Promise<void> {
    const endMs = this.#clock.now();
    if (endMs - this.#turnStartMs < TURN_MS) return;
    await this.#nextTurn();
    if (this.#clock.now() - endMs > BUSY_MS) await delay(REST_MS, undefined, this.#clock);
    this.#turnStartMs = this.#clock.now();
  }
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
