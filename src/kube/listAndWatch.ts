import { type Clock, delay, systemClock } from '../base/async.ts';
import { isCoded } from '../base/errors.ts';
import { isStatus } from '../rest/statusError.ts';
import type { Cluster, ListPage, ListQuery, WatchEvent } from './cluster.ts';
import type { Resource, ResourceTypes } from './resources.ts';

/** What became of a set of objects: the whole set at first and wherever changes were missed, then each change. */
export type ListChange<T> =
  | { readonly type: 'listed'; readonly items: readonly T[] }
  | { readonly type: 'changed'; readonly object: T }
  | { readonly type: 'removed'; readonly object: T };

/** Objects asked for at a time, as kubectl does. */
const PAGE_SIZE = 500;

/** A watch that ends sooner than that without telling anything was no watch. */
const SHORT_WATCH_MS = 1000;

/**
 * Lists objects and then follows their changes until the signal is aborted. A watch that ends, by the server's will or
 * by the network's, is taken up where it stopped; where that point is too old (410) everything is listed again. Throws
 * what lists throw, and watches that cannot be opened.
 */
export function listAndWatch<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<ListChange<ResourceTypes[R]>, never, undefined> {
  return listAndWatchItems(cluster, resource, query, { signal, clock, toItem: (object) => object });
}

/** {@link listAndWatch} for what is made of each object as it arrives: of a long list only that is kept in memory. */
export async function* listAndWatchItems<R extends Resource, Item>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  options: {
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly toItem: (object: ResourceTypes[R]) => Item;
  },
): AsyncGenerator<ListChange<Item>, never, undefined> {
  const { signal, clock, toItem } = options;
  for (;;) {
    const { items, resourceVersion } = await listAllItems(cluster, resource, query, signal, toItem);
    yield { type: 'listed', items };
    for await (const { type, object } of follow(
      cluster,
      resource,
      { ...query, resourceVersion },
      signal,
      clock,
    )) {
      yield { type: type === 'DELETED' ? 'removed' : 'changed', object: toItem(object) };
    }
  }
}

/** All pages of a list. Where the next page's token has expired, the list is begun again, in one piece. */
export async function listAll<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
): Promise<{ readonly items: readonly ResourceTypes[R][]; readonly resourceVersion: string }> {
  return await listAllItems(cluster, resource, query, signal, (object) => object);
}

async function listAllItems<R extends Resource, Item>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
  toItem: (object: ResourceTypes[R]) => Item,
): Promise<{ readonly items: readonly Item[]; readonly resourceVersion: string }> {
  const items: Item[] = [];
  let page: ListPage<ResourceTypes[R]> = await cluster.listPage(
    resource,
    { ...query, limit: PAGE_SIZE },
    signal,
  );
  const { resourceVersion } = page;
  for (;;) {
    for (const object of page.items) items.push(toItem(object));
    if (page.continue === undefined) return { items, resourceVersion };
    try {
      page = await cluster.listPage(
        resource,
        { ...query, limit: PAGE_SIZE, continue: page.continue },
        signal,
      );
    } catch (error) {
      if (!isStatus(error, 410)) throw error;
      const whole = await cluster.listPage(resource, query, signal);
      return { items: whole.items.map(toItem), resourceVersion: whole.resourceVersion };
    }
  }
}

/** Changes from one watch after the other. Ends when the position is too old to follow any further. */
async function* follow<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery & { readonly resourceVersion: string },
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<WatchEvent<ResourceTypes[R]>, void, undefined> {
  let { resourceVersion } = query;
  let shortInARow = 0;
  for (;;) {
    const startMs = clock.now();
    let isEmpty = true;
    const isShort = () => clock.now() - startMs < SHORT_WATCH_MS;
    try {
      for await (const event of cluster.watch(resource, { ...query, resourceVersion }, signal)) {
        isEmpty = false;
        resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
        if (event.type !== 'BOOKMARK') yield event;
      }
    } catch (error) {
      if (isStatus(error, 410)) {
        if (isShort()) await delay(SHORT_WATCH_MS, signal, clock);
        return;
      }
      // Load balancers cut connections at any time: a new watch is cheap, a new list may not be.
      if (!isCoded(error, 'UNREACHABLE') || (isEmpty && isShort())) throw error;
    }
    shortInARow = isShort() ? shortInARow + 1 : 0;
    // A server that ends each watch after an event would else be asked hundreds of times a second.
    if (shortInARow > 1 || (shortInARow === 1 && isEmpty)) await delay(SHORT_WATCH_MS, signal, clock);
  }
}
