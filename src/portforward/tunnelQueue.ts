import { type Clock, onAbort } from '../base/async.ts';
import type { TunnelSlot } from './pooledTunnel.ts';

/** A connection that waits for a tunnel. */
interface Waiter {
  readonly since: number;
  readonly resolve: (slot: TunnelSlot) => void;
  readonly reject: (error: unknown) => void;
}

/** The queue of connections that wait for a slot in a tunnel. */
export class TunnelQueue {
  readonly #waiters: Waiter[] = [];
  readonly #clock: Clock;
  readonly #onLeft: () => void;

  /** @param onLeft called when a connection leaves the queue because its signal was aborted */
  constructor(clock: Clock, onLeft: () => void) {
    this.#clock = clock;
    this.#onLeft = onLeft;
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** When the first connection joined the queue. Undefined if the queue is empty. */
  get since(): number | undefined {
    return this.#waiters[0]?.since;
  }

  /**
   * Adds a connection at the end of the queue. Resolves with the slot that {@link admit} gives to this connection.
   * @throws the error given to {@link rejectAll}; the signal's reason when aborted
   */
  join(signal: AbortSignal): Promise<TunnelSlot> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const waiter: Waiter = {
        since: this.#clock.now(),
        resolve: (slot) => {
          abort.dispose();
          resolve(slot);
        },
        reject: (error) => {
          abort.dispose();
          reject(error);
        },
      };
      const abort = onAbort(signal, () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal.reason);
        this.#onLeft();
      });
      this.#waiters.push(waiter);
    });
  }

  /** Gives the slot to the first connection. The queue must not be empty. */
  admit(slot: TunnelSlot): void {
    this.#waiters.shift()?.resolve(slot);
  }

  rejectAll(error: unknown): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}
