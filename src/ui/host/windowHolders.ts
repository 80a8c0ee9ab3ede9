import { randomUUID } from 'node:crypto';
import { defined } from '../../base/defined.ts';
import { HOLDER_LIFETIMES, type Holder, type HolderSnapshot } from '../../rpc/holdersContract.ts';

/** Anything that has holders: a forward or a gateway. */
interface WithHolders {
  readonly holders: readonly HolderSnapshot[];
}

/**
 * The holders that a window has created: for itself, and for its tasks, extensions and tools. A forward or gateway runs
 * as long as it has a holder.
 */
export class WindowHolders {
  readonly #windowName: () => string | undefined;
  readonly #personId = randomUUID();
  readonly #ids = new Set<string>([this.#personId]);

  /**
   * @param windowName returns the name of this window, which other windows show in lists of the holders of a forward;
   *   optional, default none
   */
  constructor(windowName: () => string | undefined = () => undefined) {
    this.#windowName = windowName;
  }

  /**
   * The holder that represents the person in this window. The forwards and gateways that the person starts have this
   * holder.
   */
  get person(): Holder {
    return this.#named({ id: this.#personId, kind: 'window' });
  }

  /**
   * Creates a holder for a task, an extension or a tool of this window. The caller must release the holder, so that its
   * forward or gateway can end.
   */
  create(kind: Holder['kind'], name?: string): Holder {
    const holder = this.#named({ id: randomUUID(), kind, ...defined({ name }) });
    this.#ids.add(holder.id);
    return holder;
  }

  /** Whether this window created the holder and has not released it. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * Whether this window starts the forwards and gateways of a holder again after their host has ended. True for holders
   * that this window created. Also true for holders that can last longer than the window or terminal that created them,
   * because that window or terminal may have closed, so another window must start their forwards again.
   */
  restores({ id, kind }: Pick<Holder, 'id' | 'kind'>): boolean {
    return this.has(id) || HOLDER_LIFETIMES[kind] !== 'client';
  }

  /**
   * Must be called when a holder is released. Otherwise, the window would still show messages about the forward or
   * gateway of the holder, and would start it again after its host has ended.
   */
  forget(id: string): void {
    this.#ids.delete(id);
  }

  /** Whether this window itself, or a task, an extension or a tool of this window, holds the forward or gateway. */
  isOwn({ holders }: WithHolders): boolean {
    return holders.some(({ id }) => this.#ids.has(id));
  }

  /**
   * Returns the holders to name in the message after the user has stopped a forward or gateway for all its holders.
   * Omits this window itself, and windows that were closed.
   */
  others({ holders }: WithHolders): readonly HolderSnapshot[] {
    return holders.filter(
      ({ id, kind, hasLeft }) => id !== this.#personId && !(kind === 'window' && hasLeft === true),
    );
  }

  #named(holder: Holder): Holder {
    const window = this.#windowName();
    return window === undefined ? holder : { ...holder, window };
  }
}
