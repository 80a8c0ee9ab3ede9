/** The pings of one side that wait for an answer. */
export class PendingPings {
  readonly #parity: number;
  readonly #pending = new Map<number, PromiseWithResolvers<number> & { readonly sentAt: number }>();
  #nextId: number;

  constructor(role: 'client' | 'server') {
    this.#parity = role === 'client' ? 1 : 0;
    this.#nextId = role === 'client' ? 1 : 2;
  }

  /** Begins a ping. Returns its ID, to be sent, and a promise of the round trip in milliseconds. */
  begin(): { readonly id: number; readonly answered: Promise<number> } {
    const id = this.#nextId;
    // Section 2.6.5: IDs have 32 bits and start again after the last one.
    this.#nextId = (id + 2) % 2 ** 32;
    const entry = { ...Promise.withResolvers<number>(), sentAt: performance.now() };
    this.#pending.set(id, entry);
    return { id, answered: entry.promise };
  }

  /** Takes a ping frame that arrived. Returns false for a ping of the peer, which needs an answer. */
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
