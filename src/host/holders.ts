import { usage } from '../base/errors.ts';
import {
  HOLDER_LIFETIMES,
  type Holder,
  type HolderKind,
  type HolderSnapshot,
} from '../rpc/holdersContract.ts';

/**
 * How long holders last, from the shortest to the longest: until their client disconnects, until the host ends, or
 * until they are released.
 */
const LIFETIMES = [
  'client',
  'host',
  'always',
] as const satisfies readonly (typeof HOLDER_LIFETIMES)[HolderKind][];

/** Identifies a connected client of the host. */
export type ClientKey = symbol;

interface Hold {
  readonly holder: Holder;
  /** Undefined once the client has disconnected. */
  readonly client: ClientKey | undefined;
}

/** The holders of one forward or gateway: the windows, terminals, tasks and others that use it. */
export class Holders {
  readonly #holds = new Map<string, Hold>();

  get isEmpty(): boolean {
    return this.#holds.size === 0;
  }

  /** Whether the host must keep running without clients, because a holder lasts until it is released. */
  get keepsHost(): boolean {
    return [...this.#holds.values()].some(({ holder }) => HOLDER_LIFETIMES[holder.kind] === 'always');
  }

  /** A holder that remains when its client disconnects, such as a window; undefined if there is no such holder. */
  get lasting(): Holder | undefined {
    const holders = [...this.#holds.values()].map(({ holder }) => holder);
    // Prefers a holder that lasts until it is released. If the next host starts the forward again for this holder, the
    // next host also keeps running for the forward.
    return (
      holders.find(({ kind }) => HOLDER_LIFETIMES[kind] === 'always') ??
      holders.find(({ kind }) => HOLDER_LIFETIMES[kind] !== 'client')
    );
  }

  /**
   * Adds a holder, or replaces the holder with the same ID. Several windows use the same ID if they restore the same
   * forward. The holder then belongs to the client that added it first, until that client disconnects.
   */
  add(holder: Holder, client: ClientKey): void {
    this.#add({ holder, client });
  }

  /** Adds each holder of `others` like {@link add}, with its client. */
  addAll(others: Holders): void {
    for (const hold of others.#holds.values()) this.#add(hold);
  }

  /** Returns the holders with these ids, each with its client. */
  withIds(ids: Iterable<string>): Holders {
    const some = new Holders();
    for (const id of ids) {
      const hold = this.#holds.get(id);
      if (hold !== undefined) some.#add(hold);
    }
    return some;
  }

  /** Removes a holder and returns whether it existed. */
  release(id: string): boolean {
    return this.#holds.delete(id);
  }

  /** Returns whether a holder belongs to the client. */
  has(client: ClientKey): boolean {
    return this.idsOf(client).length > 0;
  }

  /** Returns the ids of the holders that belong to the client. */
  idsOf(client: ClientKey): readonly string[] {
    return [...this.#holds].filter(([, hold]) => hold.client === client).map(([id]) => id);
  }

  /** Removes all holders of a client, and returns whether the client had any. */
  releaseAll(client: ClientKey): boolean {
    const ids = this.idsOf(client);
    for (const id of ids) this.#holds.delete(id);
    return ids.length > 0;
  }

  /**
   * Called when a client has disconnected. Removes those holders of the client that end with it, such as tasks. The
   * other holders of the client remain, but then belong to no client. Returns whether the client had holders.
   */
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

  /**
   * Returns the holders that last at least as long as the given holder, including that holder itself. If a gateway is
   * started again for the given holder, it gets the namespaces of all these holders.
   */
  asLastingAs({ kind }: Holder): readonly Holder[] {
    const rank = (one: HolderKind) => LIFETIMES.indexOf(HOLDER_LIFETIMES[one]);
    return [...this.#holds.values()]
      .map(({ holder }) => holder)
      .filter((holder) => rank(holder.kind) >= rank(kind));
  }

  snapshot(): readonly HolderSnapshot[] {
    return [...this.#holds.values()].map(({ holder, client }) =>
      client === undefined ? { ...holder, hasLeft: true } : holder,
    );
  }

  #add({ holder, client }: Hold): void {
    this.#holds.set(holder.id, { holder, client: this.#holds.get(holder.id)?.client ?? client });
  }
}

/** Checks the holder that a client sent. @throws CodedError `USAGE` */
export function checkHolder({ id, kind }: Holder): void {
  if (typeof id !== 'string' || id === '' || !Object.hasOwn(HOLDER_LIFETIMES, kind)) {
    throw usage('a forward needs a holder with an id and a kind');
  }
}
