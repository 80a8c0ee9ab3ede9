import { type Clock, delay, systemClock } from '../../base/async.ts';
import { type Backoff, exponentialBackoff } from '../../base/backoff.ts';
import type { Disposable } from '../../base/disposable.ts';
import { CodedError, isCoded } from '../../base/errors.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { KindInfo } from '../../kinds/targetKinds.ts';
import type { Cluster, ListQuery } from './cluster.ts';
import { type ListChange, listAndWatchItems } from './listAndWatch.ts';
import { objectKey, type Resource, type ResourceTypes } from './resources.ts';

/**
 * The first and the longest pause before a failed list or watch is tried again, in milliseconds. The pause grows with
 * each failure. After a watch that lasted longer than the longest pause, the first pause is used again.
 */
const RETRY = { firstMs: 500, maxMs: 30_000 };
/** How long to wait, in milliseconds, before asking again for a kind that the server does not have. */
const ABSENT_RETRY_MS = 600_000;

export interface ReflectorOptions<R extends Resource, Item> {
  /** Returns the cluster. Called before each list of the objects, because the kubeconfig may have changed. */
  readonly access: (signal: AbortSignal) => Promise<{ readonly cluster: Cluster }>;
  readonly resource: R;
  readonly query: ListQuery;
  /**
   * Set for a kind that the server may not have. Before each list, the reflector asks the server whether it has the
   * kind. If not, the reflector fails with `RESOURCE_TYPE_NOT_FOUND`.
   */
  readonly customKind?: KindInfo;
  /** Converts each object to the item to keep, which should be small: there may be up to 20,000 pods. */
  readonly toItem: (object: ResourceTypes[R]) => Item;
  readonly clock?: Clock;
  /**
   * Returns a random number in [0, 1) for the pauses, so that several reflectors do not retry at the same time.
   * Optional, default `Math.random`.
   */
  readonly random?: () => number;
}

/** Whether the items of a reflector are current. */
export type ReflectorState =
  /** The first list, or the list after a call of `refresh`, has not arrived yet. */
  | { readonly type: 'loading' }
  | { readonly type: 'following' }
  /** The last list or watch failed. The items stay as they were, and the reflector tries again after a pause. */
  | { readonly type: 'failed'; readonly error: unknown };

/**
 * Keeps an up-to-date item for each object of a set, by listing and watching the objects. Starts at once, tries again
 * after every failure, and ends when disposed of. The name comes from client-go, whose Reflector does the same.
 */
export class Reflector<R extends Resource, Item> implements Disposable {
  readonly #options: ReflectorOptions<R, Item>;
  readonly #clock: Clock;
  readonly #items = new Map<string, Item>();
  readonly #changed = new Emitter<void>();
  #following: AbortController | undefined;
  #state: ReflectorState = { type: 'loading' };
  #isLoaded = false;
  #leftOut = 0;
  #isDisposed = false;

  /**
   * Fires after each event of the watch, and whenever the state changes. Does not combine changes: after ten events of
   * the watch, it fires ten times.
   */
  readonly onDidChange: Event<void> = this.#changed.event;

  constructor(options: ReflectorOptions<R, Item>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#start();
  }

  /** The items, in no particular order. The key of an item is the {@link objectKey} of its object. */
  get items(): ReadonlyMap<string, Item> {
    return this.#items;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** How many objects have no item because they have no valid name or are too large. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** True after the first complete list. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /**
   * Lists the objects again now, even if a pause after a failure is not over. The current items are kept until the new
   * list has arrived.
   */
  refresh(): void {
    if (this.#isDisposed) return;
    this.#setState({ type: 'loading' });
    this.#start();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#following?.abort();
    this.#changed.dispose();
    this.#items.clear();
  }

  #start(): void {
    this.#following?.abort();
    const following = new AbortController();
    this.#following = following;
    void this.#followForever(following.signal);
  }

  /** Lists and watches until the signal is aborted, with a pause after each failure. Never rejects. */
  async #followForever(signal: AbortSignal): Promise<void> {
    const random = this.#options.random ?? Math.random;
    const first = exponentialBackoff({ ...RETRY, random });
    let backoff: Backoff = first;
    while (!signal.aborted) {
      let listedMs: number | undefined;
      try {
        for await (const change of this.#changes(signal)) {
          if (signal.aborted) return;
          listedMs ??= this.#clock.now();
          this.#apply(change);
          this.#setState({ type: 'following' });
        }
      } catch (error) {
        if (signal.aborted) return;
        this.#setState({ type: 'failed', error });
        // A list alone does not reset the pauses: the user may have the permission to list, but not to watch.
        const watchedMs = listedMs === undefined ? 0 : this.#clock.now() - listedMs;
        if (watchedMs > RETRY.maxMs) backoff = first;
        await delay(retryDelayMs(error, backoff), signal, this.#clock).catch(() => {});
        backoff = backoff.next();
      }
    }
  }

  async *#changes(
    signal: AbortSignal,
  ): AsyncGenerator<ListChange<{ readonly key: string; readonly item: Item }>, void, undefined> {
    const { access, resource, query, toItem, customKind } = this.#options;
    const { cluster } = await access(signal);
    if (customKind !== undefined && !(await cluster.serves(customKind, signal))) {
      throw new CodedError('RESOURCE_TYPE_NOT_FOUND', { server: cluster.server, resource });
    }
    yield* listAndWatchItems(cluster, resource, query, {
      signal,
      clock: this.#clock,
      toItem: (object) => ({ key: objectKey(object), item: toItem(object) }),
    });
  }

  #apply(change: ListChange<{ readonly key: string; readonly item: Item }>): void {
    switch (change.type) {
      case 'listed':
        this.#items.clear();
        for (const { key, item } of change.items) this.#items.set(key, item);
        this.#isLoaded = true;
        this.#leftOut = 0;
        break;
      case 'changed':
        this.#items.set(change.object.key, change.object.item);
        break;
      case 'removed':
        this.#items.delete(change.object.key);
        break;
      case 'leftOut':
        this.#leftOut += change.count;
        break;
    }
  }

  #setState(state: ReflectorState): void {
    this.#state = state;
    this.#changed.fire();
  }
}

function retryDelayMs(error: unknown, backoff: Backoff): number {
  if (isCoded(error, 'RESOURCE_TYPE_NOT_FOUND')) return ABSENT_RETRY_MS;
  // After `TOO_LARGE`, uses the longest pause: the next list would be as large and cost as much work.
  return isCoded(error, 'TOO_LARGE') ? RETRY.maxMs : backoff.delayMs;
}
