/** The pings that this side has sent and the peer has not answered yet. */
export class PendingPings {
  readonly #parity: number;
  readonly #pending = new Map<number, PromiseWithResolvers<number> & { readonly sentAt: number }>();
  #nextId: number;

  constructor(role: 'client' | 'server') {
    this.#parity = role === 'client' ? 1 : 0;
    this.#nextId = role === 'client' ? 1 : 2;
  }

  /** Registers a new ping. Returns the ID for the PING frame, and a promise of the round-trip time in milliseconds. */
  begin(): { readonly id: number; readonly answered: Promise<number> } {
    const id = this.#nextId;
    // IDs have 32 bits and wrap around after the last one (SPDY draft, section 2.6.5).
    this.#nextId = (id + 2) % 2 ** 32;
    const entry = { ...Promise.withResolvers<number>(), sentAt: performance.now() };
    this.#pending.set(id, entry);
    return { id, answered: entry.promise };
  }

  /**
   * Handles a received PING frame. Returns true if the frame answers a ping of this side. Returns false if it is a ping
   * of the peer, which the caller must answer.
   */
  settle(id: number): boolean {
    if (id % 2 !== this.#parity) return false;
    const entry = this.#pending.get(id);
    this.#pending.delete(id);
    entry?.resolve(performance.now() - entry.sentAt);
    return true;
  }

  fail(id: number, reason: unknown): void {
    const entry = this.#pending.get(id);
    this.#pending.delete(id);
    entry?.reject(reason);
  }

  failAll(reason: unknown): void {
    for (const id of [...this.#pending.keys()]) this.fail(id, reason);
  }
}
