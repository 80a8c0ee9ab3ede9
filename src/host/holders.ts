import { CodedError } from '../base/errors.ts';
import { HOLDER_LIFETIMES, type Holder, type HolderSnapshot } from '../rpc/contract.ts';

/** Tells the clients of a host apart. */
export type ClientKey = symbol;

interface Hold {
  readonly holder: Holder;
  /** Undefined once the client has gone. */
  readonly client: ClientKey | undefined;
}

/** The users of one forward. */
export class Holders {
  readonly #holds = new Map<string, Hold>();

  get isEmpty(): boolean {
    return this.#holds.size === 0;
  }

  /** Whether the host has to stay for one of them. */
  get keepsHost(): boolean {
    return [...this.#holds.values()].some(({ holder }) => HOLDER_LIFETIMES[holder.kind] === 'always');
  }

  /** A holder that outlives its client, if there is one. */
  get lasting(): Holder | undefined {
    const holders = [...this.#holds.values()].map(({ holder }) => holder);
    // Prefer a holder that keeps the host running.
    return (
      holders.find(({ kind }) => HOLDER_LIFETIMES[kind] === 'always') ??
      holders.find(({ kind }) => HOLDER_LIFETIMES[kind] !== 'client')
    );
  }

  /** Adds a holder. Several windows bring back a holder that has no client: the client that it has stays. */
  add(holder: Holder, client: ClientKey): void {
    const known = this.#holds.get(holder.id)?.client;
    this.#holds.set(holder.id, { holder, client: known ?? client });
  }

  /** Whether it was one of them. */
  release(id: string): boolean {
    return this.#holds.delete(id);
  }

  /** Whether the client is there for one of them. */
  has(client: ClientKey): boolean {
    return [...this.#holds.values()].some((hold) => hold.client === client);
  }

  /** Lets go of all that the client is there for. Whether there was one. */
  releaseAll(client: ClientKey): boolean {
    const ids = [...this.#holds].filter(([, hold]) => hold.client === client).map(([id]) => id);
    for (const id of ids) this.#holds.delete(id);
    return ids.length > 0;
  }

  /** Whether somebody let go with the client. */
  clientGone(client: ClientKey): boolean {
    let isChanged = false;
    for (const [id, hold] of this.#holds) {
      if (hold.client !== client) continue;
      isChanged = true;
      if (HOLDER_LIFETIMES[hold.holder.kind] === 'client') this.#holds.delete(id);
      else this.#holds.set(id, { ...hold, client: undefined });
    }
    return isChanged;
  }

  snapshot(): readonly HolderSnapshot[] {
    return [...this.#holds.values()].map(({ holder, client }) =>
      client === undefined ? { ...holder, hasLeft: true } : holder,
    );
  }
}

/** Checks a holder from a client. */
export function checkHolder({ id, kind }: Holder): void {
  if (typeof id !== 'string' || id === '' || !Object.hasOwn(HOLDER_LIFETIMES, kind)) {
    throw new CodedError('USAGE', { reason: 'a forward needs a holder with an id and a kind' });
  }
}
