import { type Clock, delay, systemClock } from '../base/async.ts';
import { isStatus } from '../rest/statusError.ts';
import type { Cluster, ListPage, ListQuery } from './cluster.ts';
import type { Resource, ResourceTypes } from './resources.ts';

/** What became of a set of objects: the whole set at first and wherever changes were missed, then each change. */
export type ListChange<T> =
  | { readonly type: 'listed'; readonly items: readonly T[] }
  | { readonly type: 'changed'; readonly object: T }
  | { readonly type: 'removed'; readonly object: T };

/** Objects asked for at a time, as kubectl does. */
const PAGE_SIZE = 500;

/** How soon after the last one a watch is begun that ended without telling anything. */
const EMPTY_WATCH_PAUSE_MS = 1000;

/**
 * Lists objects and then follows their changes until the signal is aborted. A watch that the server ends is taken up
 * where it stopped; where that point is too old (410) everything is listed again. Throws what lists and watches throw.
 */
export async function* listAndWatch<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<ListChange<ResourceTypes[R]>, never, undefined> {
  for (;;) {
    const list = await listAll(cluster, resource, query, signal);
    yield { type: 'listed', items: list.items };
    yield* followFrom(cluster, resource, { ...query, resourceVersion: list.resourceVersion }, signal, clock);
  }
}

/** All pages of a list. Where the next page's token has expired, the list is begun again, in one piece. */
export async function listAll<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery,
  signal: AbortSignal,
): Promise<{ readonly items: readonly ResourceTypes[R][]; readonly resourceVersion: string }> {
  const first = await cluster.listPage(resource, { ...query, limit: PAGE_SIZE }, signal);
  if (first.continue === undefined) return first;
  const items = [...first.items];
  let next: string | undefined = first.continue;
  while (next !== undefined) {
    try {
      const page: ListPage<ResourceTypes[R]> = await cluster.listPage(
        resource,
        { ...query, limit: PAGE_SIZE, continue: next },
        signal,
      );
      items.push(...page.items);
      next = page.continue;
    } catch (error) {
      if (isStatus(error, 410)) return await cluster.listPage(resource, query, signal);
      throw error;
    }
  }
  return { items, resourceVersion: first.resourceVersion };
}

/** Ends when the position is too old to follow any further. */
async function* followFrom<R extends Resource>(
  cluster: Cluster,
  resource: R,
  query: ListQuery & { readonly resourceVersion: string },
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<ListChange<ResourceTypes[R]>, void, undefined> {
  let { resourceVersion } = query;
  for (;;) {
    let isEmpty = true;
    try {
      for await (const { type, object } of cluster.watch(resource, { ...query, resourceVersion }, signal)) {
        isEmpty = false;
        resourceVersion = object.metadata?.resourceVersion ?? resourceVersion;
        if (type === 'BOOKMARK') continue;
        yield { type: type === 'DELETED' ? 'removed' : 'changed', object };
      }
    } catch (error) {
      if (isStatus(error, 410)) return;
      throw error;
    }
    if (isEmpty) await delay(EMPTY_WATCH_PAUSE_MS, signal, clock);
  }
}
