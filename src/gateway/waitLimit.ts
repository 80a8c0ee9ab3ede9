import { type Clock, deadline } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';

/** How long a connection waits for a pod, in milliseconds, before the gateway refuses the connection. */
const WAIT_LIMIT_MS = 10_000;

/**
 * The time limit of a connection that waits for a pod. The time starts when {@link signal} is first used: a connection
 * that need not wait never uses the signal, so no timer is set for it.
 */
export class WaitLimit {
  readonly #disconnected: () => AbortSignal;
  readonly #clock: Clock;
  #deadline: ReturnType<typeof deadline> | undefined;

  constructor(disconnected: () => AbortSignal, clock: Clock) {
    this.#disconnected = disconnected;
    this.#clock = clock;
  }

  get isExceeded(): boolean {
    return this.#deadline?.signal.aborted === true;
  }

  get signal(): AbortSignal {
    const late = () => new CodedError('NOT_CONNECTED', { seconds: WAIT_LIMIT_MS / 1_000 });
    this.#deadline ??= deadline(this.#disconnected(), WAIT_LIMIT_MS, late, this.#clock);
    return this.#deadline.signal;
  }

  [Symbol.dispose](): void {
    this.#deadline?.dispose();
  }
}
