import { type Clock, delay, systemClock } from '../../base/async.ts';
import { isCoded } from '../../base/errors.ts';
import { isStatus } from '../../rest/statusError.ts';
import type { Cluster } from './cluster.ts';
import { listAndWatch } from './listAndWatch.ts';
import type { Resource, ResourceTypes } from './resources.ts';

/**
 * If the user may read an object but not watch it, the object is read again and again. This is the pause between two
 * reads, in milliseconds.
 */
const POLL_INTERVAL_MS = 2_000;

/**
 * Yields the object of this name at the start, and again after every change of the object, until the signal is aborted.
 * Yields undefined while there is no such object. If the user may not list or watch, reads the object again and again
 * with `get`. Some roles allow only `get`, for example a Role that names its objects (`resourceNames`).
 * @throws CodedError `FORBIDDEN` if `get` is forbidden too, and the errors of requests; the signal's reason when
 *   aborted
 */
export async function* followObject<R extends Resource>(
  cluster: Cluster,
  resource: R,
  namespace: string,
  name: string,
  signal: AbortSignal,
  clock: Clock = systemClock,
): AsyncGenerator<ResourceTypes[R] | undefined, never, undefined> {
  try {
    const query = { namespace, fieldSelector: `metadata.name=${name}` };
    for await (const change of listAndWatch(cluster, resource, query, signal, clock)) {
      if (change.type === 'listed') yield change.items[0];
      else if (change.type !== 'leftOut') yield change.type === 'changed' ? change.object : undefined;
    }
  } catch (error) {
    if (!isCoded(error, 'FORBIDDEN')) throw error;
  }
  let version: string | undefined;
  for (let isFirst = true; ; isFirst = false) {
    const object = await getIfThere(cluster, resource, namespace, name, signal);
    const next = object?.metadata?.resourceVersion;
    if (isFirst || next !== version) yield object;
    version = next;
    await delay(POLL_INTERVAL_MS, signal, clock);
  }
}

/** Reads an object. Returns undefined if there is no object of that name. */
export async function getIfThere<R extends Resource>(
  cluster: Cluster,
  resource: R,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ResourceTypes[R] | undefined> {
  try {
    return await cluster.get(resource, namespace, name, signal);
  } catch (error) {
    if (isStatus(error, 404, resource)) return undefined;
    throw error;
  }
}
