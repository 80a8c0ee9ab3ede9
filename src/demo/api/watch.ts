import type { ServerResponse } from 'node:http';
import type { Clock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { Event } from '../../base/event.ts';
import type { ActivityLog } from '../activity.ts';
import type { KubernetesObject } from '../objects/types.ts';
import { groupVersion, type ResourceDefinition } from '../resources.ts';
import { type Selector, selectorOf } from '../selectors.ts';
import { expired } from '../status.ts';
import type { Store, StoreEvent } from '../store.ts';
import {
  includeObjectOf,
  type Representation,
  representationOf,
  toPartialMetadata,
  toTable,
} from './representation.ts';
import { isTrue, type ResourceRequest } from './requestInfo.ts';
import type { ApiResponse } from './response.ts';

/**
 * The maximum number of bytes that may wait because a client reads slowly. If more bytes wait, the watch ends. The
 * watch cache of a real API server also ends the watches of slow clients.
 */
const UNREAD_LIMIT_BYTES = 16 * 1024 * 1024;

export interface WatchEnvironment {
  readonly store: Store;
  readonly clock: Clock;
  readonly bookmarkIntervalMs: number;
  readonly activity: ActivityLog;
  /**
   * Returns true while a `freeze` fault is on. During this time, a watch stores its events, and sends them when
   * `onDidThaw` fires.
   */
  isFrozen(): boolean;
  readonly onDidThaw: Event<void>;
}

interface WatchOptions {
  readonly resource: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
  readonly selector: Selector | undefined;
  readonly representation: Representation;
  readonly query: URLSearchParams;
}

/**
 * Answers a `watch` request with one JSON object per line, until the client closes the connection or `timeoutSeconds`
 * have passed.
 */
export function watchObjects(
  environment: WatchEnvironment,
  request: ResourceRequest,
  accept: string | undefined,
  query: URLSearchParams,
): ApiResponse {
  const options: WatchOptions = {
    resource: request.resource,
    namespace: request.namespace,
    name: request.name,
    selector: selectorOf(request.resource.key, query),
    representation: representationOf(accept),
    query,
  };
  return {
    type: 'stream',
    start(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
      response.flushHeaders();
      new Watch(environment, options, response).start();
    },
  };
}

class Watch implements Disposable {
  readonly #environment: WatchEnvironment;
  readonly #options: WatchOptions;
  readonly #response: ServerResponse;
  readonly #owned = new DisposableStore();
  #held: string[] = [];
  #hasSentColumns = false;
  #bookmarkTimer: Disposable | undefined;
  /**
   * If more bytes than this wait for the client to read them, the watch ends. While `start` sends the initial events,
   * the limit is infinite, because the initial events may be large. Afterwards, the limit is {@link UNREAD_LIMIT_BYTES}
   * plus the initial events that the client has not read yet.
   */
  #unreadLimit = Number.POSITIVE_INFINITY;

  constructor(environment: WatchEnvironment, options: WatchOptions, response: ServerResponse) {
    this.#environment = environment;
    this.#options = options;
    this.#response = response;
  }

  start(): void {
    const { store, onDidThaw, activity } = this.#environment;
    const { query } = this.#options;
    const closed = activity.open('openWatches');
    this.#response.once('close', () => {
      closed();
      this.dispose();
    });
    this.#owned.add(onDidThaw(() => this.#sendHeld()));
    const since = query.get('resourceVersion') ?? '';
    if (isTrue(query.get('sendInitialEvents'))) {
      this.#sendExisting();
      this.#sendBookmark({ 'k8s.io/initial-events-end': 'true' });
    } else if (since === '' || since === '0') {
      this.#sendExisting();
    } else if (!this.#sendChangesAfter(Number(since))) {
      return;
    }
    this.#unreadLimit = this.#response.writableLength + UNREAD_LIMIT_BYTES;
    this.#owned.add(store.onDidChange((event) => this.#sendChange(event)));
    if (isTrue(query.get('allowWatchBookmarks'))) this.#scheduleBookmark();
    this.#scheduleEnd(Number(query.get('timeoutSeconds')));
  }

  dispose(): void {
    this.#owned.dispose();
    this.#bookmarkTimer?.dispose();
    this.#held = [];
  }

  #sendExisting(): void {
    const { resource, namespace } = this.#options;
    for (const object of this.#environment.store.list(resource.key, namespace)) {
      if (this.#isSelected(object)) this.#send('ADDED', object);
    }
  }

  /**
   * Sends the changes since a resource version. Returns false if the version is too old: the watch then ends with an
   * `ERROR` event, because the status 200 has already been sent.
   */
  #sendChangesAfter(since: number): boolean {
    const { store } = this.#environment;
    const changes = store.changesAfter(since);
    if (changes === 'expired' || Number.isNaN(since)) {
      const status = expired(`too old resource version: ${since} (${store.resourceVersion})`);
      this.#write(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
      this.#end();
      return false;
    }
    for (const change of changes) this.#sendChange(change);
    return true;
  }

  /**
   * Sends a change if the watch's selector matches the object before or after the change. Sends ADDED if the selector
   * starts to match the object, and DELETED if the selector no longer matches.
   */
  #sendChange({ type, resource, object, previous }: StoreEvent): void {
    if (resource !== this.#options.resource.key) return;
    const isSelected = type !== 'DELETED' && this.#isSelected(object);
    const wasSelected = previous !== undefined && this.#isSelected(previous);
    if (isSelected) this.#send(wasSelected ? 'MODIFIED' : 'ADDED', object);
    else if (wasSelected) this.#send('DELETED', object);
  }

  #isSelected(object: KubernetesObject): boolean {
    const { namespace, name, selector } = this.#options;
    if (namespace !== '' && object.metadata.namespace !== namespace) return false;
    if (name !== '' && object.metadata.name !== name) return false;
    return selector?.(object) ?? true;
  }

  #send(type: string, object: KubernetesObject): void {
    this.#write(`${JSON.stringify({ type, object: this.#represent(object) })}\n`);
  }

  #represent(object: KubernetesObject): unknown {
    const { representation, resource, query } = this.#options;
    if (representation === 'Object') return object;
    if (representation === 'PartialObjectMetadata') return toPartialMetadata(object);
    const hasColumns = !this.#hasSentColumns;
    this.#hasSentColumns = true;
    return toTable([object], {
      resource: resource.key,
      includeObject: includeObjectOf(query),
      hasColumns,
      listMeta: { resourceVersion: object.metadata.resourceVersion },
    });
  }

  #sendBookmark(annotations?: Readonly<Record<string, string>>): void {
    const { resource } = this.#options;
    const metadata = {
      resourceVersion: String(this.#environment.store.resourceVersion),
      creationTimestamp: null,
      ...defined({ annotations }),
    };
    const object = { kind: resource.kind, apiVersion: groupVersion(resource), metadata };
    this.#write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  #scheduleBookmark(): void {
    const { clock, bookmarkIntervalMs } = this.#environment;
    this.#bookmarkTimer = clock.setTimer(bookmarkIntervalMs, () => {
      this.#sendBookmark();
      this.#scheduleBookmark();
    });
  }

  #scheduleEnd(timeoutSeconds: number): void {
    if (!(timeoutSeconds > 0)) return;
    this.#owned.add(this.#environment.clock.setTimer(timeoutSeconds * 1000, () => this.#end()));
  }

  #write(line: string): void {
    if (this.#environment.isFrozen()) this.#held.push(line);
    else this.#response.write(line);
    if (this.#response.writableLength > this.#unreadLimit) this.#response.destroy();
  }

  #sendHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const line of held) this.#write(line);
  }

  #end(): void {
    this.dispose();
    this.#response.end();
  }
}
