import type { TransportName } from '../../kinds/transports.ts';

/** How long a silent or temporarily failing transport is set aside. */
const SET_ASIDE_MS = 60_000;

/**
 * The state of a transport, from the best to the worst. Each is tried after those before it. `due` means that the time of
 * `aside` is over.
 */
export type TransportState = 'trusted' | 'due' | 'aside' | 'refused';

/**
 * The known facts about a server's transports, shared by all forwards to it. Only an answer counts as a refusal; silence is
 * temporary.
 */
export class TransportMemory {
  readonly #refused = new Set<TransportName>();
  /** The time until which each transport is set aside, kept until the transport works again. */
  readonly #setAside = new Map<TransportName, number>();

  /** Notes that the server answered that it does not speak the transport. */
  remember(transport: TransportName): void {
    this.#refused.add(transport);
  }

  /** Notes that the transport failed for now. @param now time of the clock in milliseconds */
  setAside(transport: TransportName, now: number): void {
    this.#setAside.set(transport, now + SET_ASIDE_MS);
  }

  /** Notes that the transport works. */
  trust(transport: TransportName): void {
    this.#refused.delete(transport);
    this.#setAside.delete(transport);
  }

  /** @param now time of the clock in milliseconds */
  stateOf(transport: TransportName, now: number): TransportState {
    if (this.#refused.has(transport)) return 'refused';
    const until = this.#setAside.get(transport);
    if (until === undefined) return 'trusted';
    return until <= now ? 'due' : 'aside';
  }
}
