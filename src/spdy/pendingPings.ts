/** The pings of one side that wait for their answers. */
export class PendingPings {
  readonly #parity: number;
  readonly #pending = new Map<number, PromiseWithResolvers<number> & { readonly sentAt: number }>();
  #nextId: number;

  constructor(role: 'client' | 'server') {
    this.#parity = role === 'client' ? 1 : 0;
    this.#nextId = role === 'client' ? 1 : 2;
  }

  /** A new ping: its id to send, and a promise of the round trip in milliseconds. */
  begin(): { readonly id: number; readonly answered: Promise<number> } {
    const id = this.#nextId;
    // Section 2.6.5: ids of 32 bits, used again from the start once they are through.
    this.#nextId = (id + 2) % 2 ** 32;
    const entry = { ...Promise.withResolvers<number>(), sentAt: performance.now() };
    this.#pending.set(id, entry);
    return { id, answered: entry.promise };
  }

  /** Takes a ping frame that arrived. Returns false when it is the peer's own, which wants an answer. */
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
