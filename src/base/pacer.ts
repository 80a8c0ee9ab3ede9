import { type Clock, delay, systemClock } from './async.ts';

/**
 * How long a task may run before it yields, in milliseconds. Short, because many tasks may run one after the other
 * before traffic is forwarded again.
 */
const TURN_MS = 2;
/**
 * The longest time in which an idle event loop continues a task that has yielded, in milliseconds. If a task continues
 * later than that, the pacer concludes that the event loop had other work, such as traffic of forwards.
 */
const BUSY_MS = 0.5;
/**
 * How long a task pauses if the event loop had other work, in milliseconds. The task then runs for 2 of every 8 ms, a
 * quarter of the time, and traffic gets the rest.
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
