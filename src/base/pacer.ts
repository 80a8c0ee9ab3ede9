import { type Clock, delay, systemClock } from './async.ts';

/**
 * How long a task may run before it yields, in milliseconds. The time is short, because many tasks may run one after
 * the other before the event loop forwards traffic again.
 */
const TURN_MS = 2;
/**
 * The longest time that an idle event loop takes to continue a task that has yielded, in milliseconds. If a task
 * continues later than that, the pacer concludes that the event loop had other work, such as traffic of forwards.
 */
const BUSY_MS = 0.5;
/**
 * How long a task pauses if the event loop had other work, in milliseconds. The task then runs for 2 of every 8 ms, and
 * the forwards have the remaining time.
 */
const REST_MS = 6;

/**
 * Splits long work into turns, so that the event loop handles new events in between. While the event loop has other
 * work, the task also pauses between its turns. Without these pauses, endless responses of one cluster would slow down
 * the forwards of other clusters.
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

  /** Yields to the event loop if the current turn is over. The task awaits this method between pieces of its work. */
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
