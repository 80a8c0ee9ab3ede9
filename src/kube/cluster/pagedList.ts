import { defined } from '../../base/defined.ts';
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
  /** How many objects are missing from `items` because they have no valid name or are too large. */
  readonly unusable: number;
  /**
   * The memory budget, which has already counted the items of the list. A watch that follows the list must count its
   * changes in this budget too.
   */
  readonly budget: ObjectBudget;
}

/**
 * How many objects to request per page: at first 500, as kubectl does. If an answer is too large, the next smaller size
 * is used.
 */
const PAGE_SIZES = [500, 50, 1] as const;

/**
 * How many bytes of JSON to convert before {@link Pacer} checks whether to pause, so that other work of this process
 * can run.
 */
const UNPAUSED_LIMIT = 100_000;

/**
 * The most pages to request. A list with more pages fails with `TOO_LARGE`: a faulty server could send pages without
 * end.
 */
const PAGE_LIMIT = 1000;

/**
 * Returns all pages of a list. If the token for the next page has expired (410), starts again: requests the whole list
 * in one answer, or page by page if the answer is too large.
 * @param toItem converts an object to the item that stays in memory
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

/** Collects the pages of a list, and converts their objects to items. */
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

  /**
   * The resource version of the first page. The watch after the list starts from this version, so that it misses no
   * change that happened while the other pages were requested.
   */
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
      // Converting an object also costs time that does not depend on its size. This time counts like 1,000 bytes, so
      // that a pause comes after many small objects as well as after a few large ones.
      unpaused += 1000 + size;
      if (unpaused < UNPAUSED_LIMIT) continue;
      unpaused = 0;
      await this.#pacer.pause();
    }
  }
}

/** Requests the pages of one list. If an answer is too large, requests smaller pages, and later larger pages again. */
class PageRequests<R extends Resource> {
  readonly #cluster: Cluster;
  readonly #resource: R;
  readonly #query: ListQuery;
  readonly #signal: AbortSignal;
  #sizeIndex = 0;
  /**
   * How many objects have arrived in pages of the current size. Once there are enough objects for one page of the next
   * larger size, `#growAfter` changes to that size.
   */
  #received = 0;
  #count = 0;

  constructor(cluster: Cluster, resource: R, query: ListQuery, signal: AbortSignal) {
    this.#cluster = cluster;
    this.#resource = resource;
    this.#query = query;
    this.#signal = signal;
  }

  /**
   * Returns one page of the list, with fewer objects if the answer would otherwise be too large.
   * @param next the token from the previous page; undefined for the first page
   * @throws CodedError
   */
  async get(next: string | undefined): Promise<ListPage<ResourceTypes[R]>> {
    for (;;) {
      try {
        const limit = PAGE_SIZES[this.#sizeIndex] ?? 1;
        const page = await this.#request({ limit, ...defined({ continue: next }) });
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
   * Requests the list without pages. If the answer would be too large, returns only the first page.
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

  /**
   * Tries larger pages again, once the smaller pages have brought as many objects as one larger page. The objects that
   * made the larger page too large have then probably arrived.
   */
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
