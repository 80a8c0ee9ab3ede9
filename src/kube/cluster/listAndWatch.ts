import { type Clock, delay, systemClock } from '../../base/async.ts';
import { isCoded } from '../../base/errors.ts';
import { isStatus } from '../../rest/statusError.ts';
import type { Cluster, ListQuery, WatchEvent } from './cluster.ts';
import { listPages } from './pagedList.ts';
import type { ApiObject, Resource, ResourceTypes } from './resources.ts';

/**
 * A change of a set of objects. `listed` contains the whole set. It comes first, and again whenever the server can no
 * longer send the changes since the last event. `changed` and `removed` are changes of one object. `leftOut` says that
 * objects are missing from the set.
 */
export type ListChange<T> =
  | { readonly type: 'listed'; readonly items: readonly T[] }
  | { readonly type: 'changed'; readonly object: T }
  | { readonly type: 'removed'; readonly object: T }
  /** `count` more objects are missing from the set, because they have no valid name or are too large. */
  | { readonly type: 'leftOut'; readonly count: number };

/**
 * A watch that ends within this time, in milliseconds, is short. If a short watch loses its connection to the API
 * server before its first event, {@link follow} throws the error. After other short watches, there is a pause in the
 * cases that {@link PAUSE_MS} lists.
 */
const SHORT_WATCH_MS = 1000;
/**
 * The pause after a short watch, in milliseconds. Without it, a server that ends every watch at once would get hundreds
 * of requests a second. There is a pause in three cases: the watch brought no events, the previous watch was short too,
 * or the server no longer had the changes since the last event (410).
 */
const PAUSE_MS = 1000;

/**
 * Lists objects and then follows their changes until the signal is aborted. If the server or the network ends a watch,
 * the next watch continues from the resource version of the last event. If that version is too old (410), lists
 * everything again. Throws the errors of lists, and of watches that cannot be opened.
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

/**
 * Like {@link listAndWatch}, but converts each object to a smaller item as soon as the object arrives. A long list then
 * needs less memory, because the whole objects are not kept.
 */
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

/**
 * Opens one watch after another, and yields their events. Returns if the server no longer has the changes since the
 * last event (410). The caller then lists the objects again.
 */
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
        if (isShort()) await delay(PAUSE_MS, signal, clock);
        return;
      }
      // If the connection to the API server was lost, opens the next watch instead of throwing: load balancers close
      // connections at any time. If this function threw, the caller would list all objects again, which costs more than
      // a watch. If the next watch cannot be opened, it fails with another code. That error is always thrown, because
      // the objects may be out of date until the outage ends.
      if (!isCoded(error, 'LOST_CONNECTION_TO_SERVER') || (isEmpty && isShort())) throw error;
    }
    shortInARow = isShort() ? shortInARow + 1 : 0;
    // Without a pause, a server that ends each watch after one event would get hundreds of requests a second.
    if (shortInARow > 1 || (shortInARow === 1 && isEmpty)) await delay(PAUSE_MS, signal, clock);
  }
}

/** Returns the resource version from which a watch continues after an event. Empty if the event has none. */
function versionOf(event: WatchEvent<ApiObject>): string {
  if (event.type === 'BOOKMARK') return event.resourceVersion;
  return event.type === 'UNUSABLE' ? '' : (event.object.metadata.resourceVersion ?? '');
}
