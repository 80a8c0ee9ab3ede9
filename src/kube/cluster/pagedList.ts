import { CodedError, isCoded } from '../../base/errors.ts';
import { Pacer } from '../../base/pacer.ts';
import { isStatus } from '../../rest/statusError.ts';
import type { Cluster, ListPage, ListQuery } from './cluster.ts';
import { ObjectBudget } from './objectBudget.ts';
import type { Resource, ResourceTypes } from './resources.ts';

/** A whole list, read page by page. */
export interface ObjectList<Item> {
  readonly items: readonly Item[];
  readonly resourceVersion: string;
  /** How many other objects had no valid name. */
  readonly unusable: number;
  /** The budget that the items use. */
  readonly budget: ObjectBudget;
}

/** How many objects to request at a time, as kubectl does; fewer if they are too large. */
const PAGE_SIZES = [500, 50, 1] as const;

/** How many bytes of JSON to convert before looking at the time. */
const UNPAUSED_LIMIT = 100_000;

/** A list with more pages has no end. */
const PAGE_LIMIT = 1000;

/**
 * Returns all pages of a list. If the token for the next page has expired, starts again, in one piece if the list is not
 * too large.
 * @param toItem what to keep of each object
 * @throws CodedError as `Cluster.listPage` does, and `TOO_LARGE` for too many objects
 */
export async function listPages<R extends Resource, Item>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
  toItem: (object: ResourceTypes[R]) => Item,
): Promise<ObjectList<Item>> {
  const pages = new PageRequests(cluster, resource, query, signal);
  let list = new ListParts(cluster.server, resource, toItem);
  for (let next: string | undefined; ; ) {
    let page: ListPage<ResourceTypes[R]>;
    try {
      page = await pages.get(next);
    } catch (error) {
      if (next === undefined || !isStatus(error, 410)) throw error;
      list = new ListParts(cluster.server, resource, toItem);
      page = await pages.getWhole();
    }
    await list.add(page);
    next = page.continue;
    if (next === undefined) return list;
  }
}

/** The part of a list that has arrived. */
class ListParts<R extends Resource, Item> implements ObjectList<Item> {
  readonly items: Item[] = [];
  readonly budget: ObjectBudget;
  readonly #toItem: (object: ResourceTypes[R]) => Item;
  readonly #pacer = new Pacer();
  #resourceVersion: string | undefined;
  #unusable = 0;

  constructor(server: string, resource: R, toItem: (object: ResourceTypes[R]) => Item) {
    this.budget = new ObjectBudget(server, resource);
    this.#toItem = toItem;
  }

  /** The version of the first page. A watch follows the changes since then. */
  get resourceVersion(): string {
    return this.#resourceVersion ?? '';
  }

  get unusable(): number {
    return this.#unusable;
  }

  async add({ items, sizes, unusable, resourceVersion }: ListPage<ResourceTypes[R]>): Promise<void> {
    this.#resourceVersion ??= resourceVersion;
    this.#unusable += unusable;
    let unpaused = 0;
    for (const [index, object] of items.entries()) {
      const size = sizes[index] ?? 0;
      this.budget.add(object, size);
      this.items.push(this.#toItem(object));
      // A server may send more objects than requested, and an object can be large.
      unpaused += 1000 + size;
      if (unpaused < UNPAUSED_LIMIT) continue;
      unpaused = 0;
      await this.#pacer.pause();
    }
  }
}

/** Requests the pages of one list, each as large as an answer may be. */
class PageRequests<R extends Resource> {
  readonly #cluster: Cluster;
  readonly #resource: R;
  readonly #query: ListQuery;
  readonly #signal: AbortSignal;
  #sizeIndex = 0;
  /** How many objects have arrived in pages of the current size. */
  #received = 0;
  #count = 0;

  constructor(cluster: Cluster, resource: R, query: ListQuery, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#resource = resource;
    this.#query = query;
    this.#signal = signal;
  }

  /**
   * @param next the token of the page before; undefined for the first page
   * @throws CodedError
   */
  async get(next: string | undefined): Promise<ListPage<ResourceTypes[R]>> {
    for (;;) {
      try {
        const limit = PAGE_SIZES[this.#sizeIndex] ?? 1;
        const page = await this.#request({ limit, ...(next !== undefined && { continue: next }) });
        this.#growAfter(page.items.length);
        return page;
      } catch (error) {
        if (!isCoded(error, 'TOO_LARGE') || this.#sizeIndex === PAGE_SIZES.length - 1) throw error;
        this.#sizeIndex += 1;
        this.#received = 0;
      }
    }
  }

  /**
   * Returns the whole list, or its first page.
   * @throws CodedError
   */
  async getWhole(): Promise<ListPage<ResourceTypes[R]>> {
    try {
      return await this.#request({});
    } catch (error) {
      if (!isCoded(error, 'TOO_LARGE')) throw error;
      return await this.get(undefined);
    }
  }

  /** Tries larger pages again after as many objects as a larger page has, because large objects may be few. */
  #growAfter(count: number): void {
    this.#received += count;
    const larger = PAGE_SIZES[this.#sizeIndex - 1];
    if (larger === undefined || this.#received < larger) return;
    this.#sizeIndex -= 1;
    this.#received = 0;
  }

  #request(part: {
    readonly limit?: number;
    readonly continue?: string;
  }): Promise<ListPage<ResourceTypes[R]>> {
    this.#count += 1;
    if (this.#count > PAGE_LIMIT) {
      const reason = `more than ${PAGE_LIMIT} pages of ${this.#resource}`;
      throw new CodedError('TOO_LARGE', { server: this.#cluster.server, reason });
    }
    return this.#cluster.listPage(this.#resource, { ...this.#query, ...part }, this.#signal);
  }
}
