import { type Clock, systemClock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import { requestJson, requestStream } from '../rest/request.ts';
import { requestInfo } from '../rest/requestInfo.ts';
import { RestAgent } from '../rest/restAgent.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { statusError, toApiStatus } from '../rest/statusError.ts';
import { readJsonLines } from './jsonLines.ts';
import { type ApiObject, listPath, objectPath, type Resource, type ResourceTypes } from './resources.ts';

/** Which objects of a kind. */
export interface ListQuery {
  /** All namespaces where missing. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** Where a watch goes on from. */
  readonly resourceVersion: string;
  /** Asks for the next page; missing on the last one. */
  readonly continue?: string;
}

/** What a watch tells. A bookmark's object has nothing but its `resourceVersion`. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/** What a `SelfSubjectAccessReview` asks about. */
export interface AccessAttributes {
  readonly namespace?: string;
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly subresource?: string;
}

/**
 * A cluster's API, as far as it is needed here. All methods throw CodedError as `requestJson` does, and the signal's
 * reason when aborted. Whoever made it disposes of it, which ends its connections.
 */
export interface Cluster extends Disposable {
  /** Its address, for errors. */
  readonly server: string;
  get<R extends Resource>(
    resource: R,
    namespace: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<ResourceTypes[R]>;
  listPage<R extends Resource>(
    resource: R,
    query: ListQuery & { readonly limit?: number; readonly continue?: string | undefined },
    signal: AbortSignal,
  ): Promise<ListPage<ResourceTypes[R]>>;
  /**
   * Changes after `resourceVersion`, as they come, until the server ends the answer (it does so after some minutes).
   * An expired version throws a `StatusError` with code 410.
   */
  watch<R extends Resource>(
    resource: R,
    query: ListQuery & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<ResourceTypes[R]>, void, undefined>;
  /** Whether this user may do that, with the server's reason if it gives one. */
  reviewAccess(
    attributes: AccessAttributes,
    signal: AbortSignal,
  ): Promise<{ readonly isAllowed: boolean; readonly reason?: string }>;
}

/** After how long the server ends a watch, so that a dead connection is not waited on forever. Seconds. */
const WATCH_LIMIT_SECONDS = 300;

interface RawList<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

interface RawReview {
  readonly status?: { readonly allowed?: boolean; readonly reason?: string };
}

/** Opens no connection before it is needed. The caller disposes of the cluster. */
export function connectCluster(config: RestConfig, clock: Clock = systemClock): Cluster {
  const agent = new RestAgent(config);
  const options = { agent, clock };
  return {
    server: config.server.origin,
    get: (resource, namespace, name, signal) =>
      requestJson(config, { path: objectPath(resource, namespace, name), signal }, options),
    async listPage<R extends Resource>(
      resource: R,
      { namespace, ...query }: Parameters<Cluster['listPage']>[1],
      signal: AbortSignal,
    ): Promise<ListPage<ResourceTypes[R]>> {
      const path = listPath(resource, namespace);
      const list = await requestJson<RawList<ResourceTypes[R]>>(config, { path, query, signal }, options);
      const next = list.metadata?.continue;
      return {
        items: list.items ?? [],
        resourceVersion: list.metadata?.resourceVersion ?? '',
        ...(next && { continue: next }),
      };
    },
    watch: (resource, query, signal) => watch(config, options, resource, query, signal),
    async reviewAccess({ namespace, verb, group, resource, subresource }, signal) {
      const resourceAttributes = { namespace, verb, group, resource, subresource };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const review = await requestJson<RawReview>(config, { method: 'POST', path, body, signal }, options);
      const reason = review.status?.reason;
      return { isAllowed: review.status?.allowed === true, ...(reason && { reason }) };
    },
    dispose: () => agent.dispose(),
  };
}

async function* watch<R extends Resource>(
  config: RestConfig,
  options: { readonly agent: RestAgent; readonly clock: Clock },
  resource: R,
  { namespace, ...selection }: ListQuery & { readonly resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<ResourceTypes[R]>, void, undefined> {
  const path = listPath(resource, namespace);
  const query = {
    ...selection,
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_LIMIT_SECONDS,
  };
  // Compressed, an event could wait in the compressor for the next one.
  const headers = { 'Accept-Encoding': 'identity' };
  const body = await requestStream(config, { path, query, headers, signal }, options);
  try {
    for await (const line of readJsonLines(body)) yield toWatchEvent(config, path, line);
  } catch (error) {
    signal.throwIfAborted();
    if (isCoded(error)) throw error;
    throw new CodedError(
      'UNREACHABLE',
      { server: config.server.origin, reason: describeError(error) },
      error,
    );
  }
}

function toWatchEvent<T extends ApiObject>(config: RestConfig, path: string, line: unknown): WatchEvent<T> {
  const event = line as { type?: unknown; object?: unknown };
  if (event.type === 'ERROR' && typeof event.object === 'object' && event.object !== null) {
    const status = toApiStatus(event.object as Record<string, unknown>, 500);
    throw statusError(config, status, requestInfo('GET', `${path}?watch=true`));
  }
  return event as WatchEvent<T>;
}
