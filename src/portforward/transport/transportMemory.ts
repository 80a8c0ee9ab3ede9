import type { TransportName } from '../../kinds/transports.ts';

/** How long a transport is set aside that was silent, or failed in a way that passes. */
const SET_ASIDE_MS = 60_000;

/** From `trusted` on, each is tried after those before it; `due` is `aside` whose time is over. */
export type TransportState = 'trusted' | 'due' | 'aside' | 'refused';

/** What is known of a server's transports, shared by all forwards to it. Only an answer is a refusal; silence passes. */
export class TransportMemory {
  readonly #refused = new Set<TransportName>();
  /** Until when each is set aside. Kept until the transport works again. */
  readonly #setAside = new Map<TransportName, number>();

  /** The server has answered that it does not speak the transport. */
  remember(transport: TransportName): void {
    this.#refused.add(transport);
  }

  /** The transport failed for now. @param now by the clock, milliseconds */
  setAside(transport: TransportName, now: number): void {
    this.#setAside.set(transport, now + SET_ASIDE_MS);
  }

  /** The transport works. */
  trust(transport: TransportName): void {
    this.#refused.delete(transport);
    this.#setAside.delete(transport);
  }

  /** @param now by the clock, milliseconds */
  stateOf(transport: TransportName, now: number): TransportState {
    if (this.#refused.has(transport)) return 'refused';
    const until = this.#setAside.get(transport);
    if (until === undefined) return 'trusted';
    return until <= now ? 'due' : 'aside';
  }
}
