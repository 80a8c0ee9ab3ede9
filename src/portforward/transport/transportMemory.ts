import type { TransportName } from '../../kinds/transports.ts';

/** How long a transport that got no response or failed temporarily is tried only after the transports that work. */
const SET_ASIDE_MS = 60_000;

/**
 * The state of a transport, from the best to the worst. `trusted`: works or was not tried. `due`: failed temporarily,
 * and may be tried again. `aside`: failed temporarily a short time ago. `refused`: not supported or not permitted.
 */
export type TransportState = 'trusted' | 'due' | 'aside' | 'refused';

/**
 * Remembers the transports that have failed, so that these transports are tried last when the next tunnels are opened.
 * All attempts (calls of `forwardPod`) of a session share one memory. Each attempt also has its own memory, for
 * failures that may not concern the next attempt. A transport becomes `refused` only if the server sent a response: a
 * missing response is a temporary failure.
 */
export class TransportMemory {
  readonly #refused = new Set<TransportName>();
  /**
   * The transports that failed temporarily. Until the stored time, the state of the transport is `aside`. After this
   * time, its state is `due`. A transport that works again is removed.
   */
  readonly #setAside = new Map<TransportName, number>();

  /** Records that the server does not support the transport or does not permit it, according to its response. */
  remember(transport: TransportName): void {
    this.#refused.add(transport);
  }

  /** Records a temporary failure of the transport. @param now the time on the clock, in milliseconds */
  setAside(transport: TransportName, now: number): void {
    this.#setAside.set(transport, now + SET_ASIDE_MS);
  }

  /** Records that the transport works. */
  trust(transport: TransportName): void {
    this.#refused.delete(transport);
    this.#setAside.delete(transport);
  }

  /**
   * Returns the state of the transport at the time `now`.
   * @param now the time on the clock, in milliseconds
   */
  stateOf(transport: TransportName, now: number): TransportState {
    if (this.#refused.has(transport)) return 'refused';
    const until = this.#setAside.get(transport);
    if (until === undefined) return 'trusted';
    return until <= now ? 'due' : 'aside';
  }
}
