import { type Clock, systemClock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import type { Disposable } from '../../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../../base/errors.ts';
import { JsonError } from '../../json/jsonError.ts';
import { type JsonPart, readJsonValues } from '../../json/readJson.ts';
import { elements, object, required, type Shape, text, type ValueOf } from '../../json/shape.ts';
import type { KindInfo } from '../../kinds/targetKinds.ts';
import { requestJson, requestStream } from '../../rest/request.ts';
import { requestInfo } from '../../rest/requestInfo.ts';
import { RestAgent } from '../../rest/restAgent.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { statusError, toApiStatus } from '../../rest/statusError.ts';
import { OBJECT_SHAPES } from './objectShapes.ts';
import type { ApiObject, Resource, ResourceTypes } from './resources.ts';
import { servesKind } from './servesKind.ts';

/** Which objects of a kind to list or watch. */
export interface ListQuery {
  /** Optional, default all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  readonly items: readonly T[];
  /** The resource version of the list. A watch from this version sends all changes after the list. */
  readonly resourceVersion: string;
  /** The token for the next page. Missing on the last page. */
  readonly continue?: string;
  /** The size of each item in bytes of JSON, in the order of `items`. `ObjectBudget` limits the sum of these sizes. */
  readonly sizes: readonly number[];
  /** How many objects are missing from `items` because they have no valid name or are too large. */
  readonly unusable: number;
}

/** An event that {@link Cluster.watch} yields. */
export type WatchEvent<T> =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly object: T;
      /** The size of the object, in bytes of JSON. */
      readonly size: number;
    }
  /** The server has sent all changes up to this version, so the next watch can start from this version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  /** An event that is ignored: its object is too large or has no valid name, or the event has an unknown type. */
  | { readonly type: 'UNUSABLE' };

/**
 * The part of the Kubernetes API that this program uses, for one cluster. The methods throw the errors of
 * `requestJson`. If the signal is aborted, they throw its `reason`. The creator must dispose of the cluster, which
 * closes the connections to the API server.
 */
export interface Cluster extends Disposable {
  /** The address of the API server, for error messages. */
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
   * Yields changes after `resourceVersion` as they arrive, until the server ends the watch after a few minutes. If the
   * server no longer has the changes since this version, throws a `StatusError` with the code 410. If the connection is
   * lost after the watch was opened, throws `LOST_CONNECTION_TO_SERVER`.
   */
  watch<R extends Resource>(
    resource: R,
    query: ListQuery & { readonly resourceVersion: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<ResourceTypes[R]>, void, undefined>;
  /** Returns true if the API server has this kind. Only for kinds that a CustomResourceDefinition defines. */
  serves(kind: KindInfo, signal: AbortSignal): Promise<boolean>;
}

/**
 * The time limit of a watch, in seconds. The request contains this limit, so that the server ends the watch after this
 * time. The caller of `watch` then opens the next watch.
 */
const WATCH_LIMIT_SECONDS = 300;
/**
 * If a watch has not ended this many seconds after {@link WATCH_LIMIT_SECONDS}, the connection to the API server is
 * probably dead, so the end of the watch would never arrive. Therefore this program ends the watch.
 */
const WATCH_GRACE_SECONDS = 30;

/**
 * The largest event of a watch, in bytes. A larger event ends the watch with `TOO_LARGE`. etcd stores objects of at
 * most 1.5 MiB, and the server adds some fields. The limit is far above that.
 */
const EVENT_LIMIT = 16 * 1024 * 1024;

/**
 * How many objects of a page may be unusable, because they have no valid name or are too large. If there are more, the
 * request fails, because Kubernetes would never send such a page.
 */
const UNUSABLE_LIMIT = 1000;

/**
 * The shape of a list. `elements` also accepts null, because the API server, written in Go, sends null for an empty
 * list. `continue`, the token for the next page, may have any length. With a limit, a longer token would count as
 * missing, and the list would seem complete.
 */
const listOf = (item: Shape<unknown>) =>
  object({
    metadata: object({ resourceVersion: text(), continue: text(Number.POSITIVE_INFINITY) }),
    items: required(elements(item)),
  });

/**
 * Creates a cluster. It does not connect to the API server before the first request. The caller disposes of the
 * cluster.
 */
export function connectCluster(config: RestConfig, clock: Clock = systemClock): Cluster {
  const agent = new RestAgent(config);
  const connection: Connection = { config, options: { agent, clock } };
  return {
    server: config.server.origin,
    async get<R extends Resource>(
      resource: R,
      namespace: string | undefined,
      name: string,
      signal: AbortSignal,
    ) {
      const { callRead } = await apiCalls();
      const options = {
        ...connection.options,
        shape: OBJECT_SHAPES[resource].object as Shape<ResourceTypes[R]>,
      };
      return await callRead(resource, namespace ?? '', name, (request) =>
        requestJson(config, { ...request, signal }, options),
      );
    },
    listPage: (resource, query, signal) => listPage(connection, resource, query, signal),
    watch: (resource, query, signal) => watch(connection, resource, query, signal),
    serves: (kind, signal) => servesKind(config, connection.options, kind, signal),
    dispose: () => agent.dispose(),
  };
}

/**
 * Loads client-node only for the first request, because loading takes time. Commands that send no request, such as the
 * help and the list of contexts, start faster this way.
 */
const apiCalls = () => import('./apiCalls.ts');

interface Connection {
  readonly config: RestConfig;
  readonly options: { readonly agent: RestAgent; readonly clock: Clock };
}

async function listPage<R extends Resource>(
  { config, options }: Connection,
  resource: R,
  query: Parameters<Cluster['listPage']>[1],
  signal: AbortSignal,
): Promise<ListPage<ResourceTypes[R]>> {
  const items: ResourceTypes[R][] = [];
  const sizes: number[] = [];
  let unusable = 0;
  const onElement = ({ value, keptBytes }: JsonPart<ResourceTypes[R]>) => {
    if (value === undefined) {
      if (++unusable > UNUSABLE_LIMIT)
        throw new CodedError('API_ERROR', {
          server: config.server.origin,
          status: 200,
          reason: 'the list contains items that are not objects',
        });
    } else {
      items.push(value);
      sizes.push(keptBytes);
    }
  };
  const { limit, continue: _continue } = query;
  const parameters = { ...selectionOf(query), ...defined({ limit, _continue }) };
  const reading = { ...options, shape: listOf(OBJECT_SHAPES[resource].object), onElement };
  const { callList } = await apiCalls();
  const { metadata: { resourceVersion = '', continue: next } = {} } = await callList(
    resource,
    query.namespace,
    parameters,
    (request) => requestJson(config, { ...request, signal }, reading),
  );
  return { items, sizes, unusable, resourceVersion, ...(next && { continue: next }) };
}

async function* watch<R extends Resource>(
  { config, options }: Connection,
  resource: R,
  query: ListQuery & { readonly resourceVersion: string },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<ResourceTypes[R]>, void, undefined> {
  const parameters = {
    ...selectionOf(query),
    resourceVersion: query.resourceVersion,
    watch: true,
    allowWatchBookmarks: true,
    timeoutSeconds: WATCH_LIMIT_SECONDS,
  };
  // Asks for an answer without compression, because a compressor could hold back an event until the next event arrives.
  const headers = { 'Accept-Encoding': 'identity' };
  const { callList } = await apiCalls();
  const { body, path } = await callList(resource, query.namespace, parameters, async (request) => ({
    body: await requestStream(config, { ...request, headers, signal }, options),
    path: request.path,
  }));
  const shape = OBJECT_SHAPES[resource].event as Shape<RawEvent>;
  const tooLong = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'the watch did not end in time' });
  const limitMs = 1000 * (WATCH_LIMIT_SECONDS + WATCH_GRACE_SECONDS);
  const limit = options.clock.setTimer(limitMs, () => body.destroy(tooLong));
  try {
    const limits = { maxBytes: EVENT_LIMIT, onBytes: config.onAnswerBytes };
    for await (const { value, keptBytes } of readJsonValues(body, shape, limits)) {
      yield toWatchEvent(config, path, value, keptBytes);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isCoded(error)) throw error;
    const { origin: server } = config.server;
    if (error instanceof JsonError && error.fault === 'tooLong') {
      throw new CodedError('TOO_LARGE', { server, reason: 'a watch event is too long' }, error);
    }
    // If the answer ends within an event (`unfinished`), the connection to the API server was lost. The error is then
    // `LOST_CONNECTION_TO_SERVER`, after which the caller opens a new watch. Any other invalid JSON is a `PROTOCOL`
    // error.
    throw error instanceof JsonError && error.fault !== 'unfinished'
      ? new CodedError('PROTOCOL', { protocol: 'watch', reason: `the JSON ${error.message}` }, error)
      : new CodedError('LOST_CONNECTION_TO_SERVER', { reason: describeError(error) }, error);
  } finally {
    limit.dispose();
  }
}

/**
 * An event of any resource, before it becomes a {@link WatchEvent}. This is the type of an EndpointSlice's event, but
 * it fits all resources: {@link toWatchEvent} reads only fields that all of them have.
 */
type RawEvent = ValueOf<(typeof OBJECT_SHAPES)['endpointslices']['event']>;

function toWatchEvent<T extends ApiObject>(
  config: RestConfig,
  path: string,
  event: RawEvent | undefined,
  size: number,
): WatchEvent<T> {
  if (event === undefined) return { type: 'UNUSABLE' };
  const { type, object } = event;
  switch (type) {
    case 'ERROR':
      throw statusError(config, toApiStatus(object, 500), requestInfo('GET', path));
    case 'BOOKMARK':
      return { type, resourceVersion: object.metadata?.resourceVersion ?? '' };
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (object.metadata?.name === undefined) return { type: 'UNUSABLE' };
      return { type, object: object as T, size };
    default:
      return { type: 'UNUSABLE' };
  }
}

function selectionOf({ labelSelector, fieldSelector }: ListQuery) {
  return defined({ labelSelector, fieldSelector });
}
