import { type Clock, delay, systemClock } from '../base/async.ts';
import { isCoded } from '../base/errors.ts';
import { isStatus } from '../rest/statusError.ts';
import type { Cluster, ListQuery, WatchEvent } from './cluster.ts';
import { listPages, type ObjectList } from './pagedList.ts';
import type { ApiObject, Resource, ResourceTypes } from './resources.ts';

/** What became of a set of objects: the whole set at first and wherever changes were missed, then each change. */
export type ListChange<T> =
  | { readonly type: 'listed'; readonly items: readonly T[] }
  | { readonly type: 'changed'; readonly object: T }
  | { readonly type: 'removed'; readonly object: T }
  /** So many objects more are left out, since they have no valid name. */
  | { readonly type: 'leftOut'; readonly count: number };

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
    const { items, resourceVersion, unusable, budget } = await listPages(
      cluster,
      resource,
      query,
      signal,
      toItem,
    );
    yield { type: 'listed', items };
    if (unusable > 0) yield { type: 'leftOut', count: unusable };
    const changes = follow(cluster, resource, { ...query, resourceVersion }, signal, clock);
    for await (const event of changes) {
      if (event.type === 'UNUSABLE') yield { type: 'leftOut', count: 1 };
      else if (event.type === 'DELETED') {
        budget.remove(event.object);
        yield { type: 'removed', object: toItem(event.object) };
      } else {
        budget.add(event.object, event.size);
        yield { type: 'changed', object: toItem(event.object) };
      }
    }
  }
}

/** All objects as they are now. Throws what {@link listPages} throws. */
export async function listAll<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
): Promise<Pick<ObjectList<ResourceTypes[R]>, 'items' | 'resourceVersion'>> {
  return await listPages(cluster, resource, query, signal, (object) => object);
}

/** Changes from one watch after the other. Ends when the position is too old to follow any further. */
async function* follow<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery & { readonly resourceVersion: string },
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<Exclude<WatchEvent<ResourceTypes[R]>, { readonly type: 'BOOKMARK' }>, void, undefined> {
  let { resourceVersion } = query;
  let shortInARow = 0;
  for (;;) {
    const startMs = clock.now();
    let isEmpty = true;
    const isShort = () => clock.now() - startMs < SHORT_WATCH_MS;
    try {
      for await (const event of cluster.watch(resource, { ...query, resourceVersion }, signal)) {
        isEmpty = false;
        resourceVersion = versionOf(event) || resourceVersion;
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

/** Where a watch goes on after the event; empty where it does not say. */
function versionOf(event: WatchEvent<ApiObject>): string {
  if (event.type === 'BOOKMARK') return event.resourceVersion;
  return event.type === 'UNUSABLE' ? '' : (event.object.metadata.resourceVersion ?? '');
}
