import { defined } from '../base/defined.ts';
import { Emitter } from '../base/event.ts';
import type { KubernetesObject, ResourceKey, ResourceTypes } from './objects/types.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: ResourceKey;
  readonly object: KubernetesObject;
  /**
   * The object before the change. A watch with a selector needs the old object to detect that the selector no longer
   * matches the object.
   */
  readonly previous?: KubernetesObject;
  readonly resourceVersion: number;
}

const HISTORY_LIMIT = 20_000;
const FIRST_RESOURCE_VERSION = 1000;

/**
 * Stores the objects of the cluster as etcd does. One counter numbers the changes of all resources, and the number of a
 * change is the new resource version of the object. The store also keeps the recent changes, so that a watch can start
 * from an earlier version.
 */
export class Store {
  readonly #collections = new Map<ResourceKey, Map<string, KubernetesObject>>();
  readonly #sortedKeys = new Map<ResourceKey, readonly string[]>();
  readonly #changes = new Emitter<StoreEvent>();
  #history: StoreEvent[] = [];
  #resourceVersion = FIRST_RESOURCE_VERSION;
  #oldestWatchable = FIRST_RESOURCE_VERSION;

  readonly onDidChange = this.#changes.event;

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get<K extends ResourceKey>(resource: K, namespace: string, name: string): ResourceTypes[K] | undefined {
    return this.#collection(resource).get(`${namespace}/${name}`) as ResourceTypes[K] | undefined;
  }

  /**
   * Returns the objects of a namespace, or of all namespaces if `namespace` is empty. Sorts by key, as a real server
   * does.
   * @param afterKey returns only objects after this key; optional, default: all
   */
  list<K extends ResourceKey>(resource: K, namespace = '', afterKey = ''): ResourceTypes[K][] {
    const collection = this.#collection(resource);
    const found: KubernetesObject[] = [];
    for (const key of this.#keys(resource)) {
      if (key <= afterKey || (namespace !== '' && !key.startsWith(`${namespace}/`))) continue;
      const object = collection.get(key);
      if (object !== undefined) found.push(object);
    }
    return found as unknown as ResourceTypes[K][];
  }

  /**
   * Adds an object, or replaces the object with the same name. Returns the stored object with its new resource version.
   */
  put<K extends ResourceKey>(resource: K, object: ResourceTypes[K]): ResourceTypes[K] {
    const collection = this.#collection(resource);
    const key = storeKey(object);
    const previous = collection.get(key);
    const stored = this.#withNextVersion(object);
    collection.set(key, stored);
    if (previous === undefined) this.#sortedKeys.delete(resource);
    this.#record({
      type: previous === undefined ? 'ADDED' : 'MODIFIED',
      resource,
      object: stored,
      ...defined({ previous }),
      resourceVersion: this.#resourceVersion,
    });
    return stored;
  }

  /**
   * Replaces an object with the result of `change`. Does nothing if the object does not exist, or if `change` returns
   * the same object.
   */
  modify<K extends ResourceKey>(
    resource: K,
    namespace: string,
    name: string,
    change: (object: ResourceTypes[K]) => ResourceTypes[K],
  ): ResourceTypes[K] | undefined {
    const object = this.get(resource, namespace, name);
    if (object === undefined) return undefined;
    const changed = change(object);
    return changed === object ? object : this.put(resource, changed);
  }

  delete<K extends ResourceKey>(resource: K, namespace: string, name: string): ResourceTypes[K] | undefined {
    const object = this.get(resource, namespace, name);
    if (object === undefined) return undefined;
    const last = this.#withNextVersion(object);
    this.#collection(resource).delete(storeKey(object));
    this.#sortedKeys.delete(resource);
    this.#record({
      type: 'DELETED',
      resource,
      object: last,
      previous: object,
      resourceVersion: this.#resourceVersion,
    });
    return last;
  }

  /** Returns the changes after a resource version, or `expired` if the store no longer has all of them. */
  changesAfter(resourceVersion: number): readonly StoreEvent[] | 'expired' {
    if (resourceVersion < this.#oldestWatchable) return 'expired';
    return this.#history.filter((event) => event.resourceVersion > resourceVersion);
  }

  /**
   * Drops the history of changes, as a compaction of etcd does. All earlier resource versions are too old from now on.
   */
  expire(): void {
    this.#history = [];
    this.#resourceVersion++;
    this.#oldestWatchable = this.#resourceVersion;
  }

  dispose(): void {
    this.#changes.dispose();
  }

  #withNextVersion<T extends KubernetesObject>(object: T): T {
    this.#resourceVersion++;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#resourceVersion) } };
  }

  #record(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY_LIMIT) {
      this.#history = this.#history.slice(HISTORY_LIMIT / 2);
      this.#oldestWatchable = (this.#history[0]?.resourceVersion ?? this.#resourceVersion) - 1;
    }
    this.#changes.fire(event);
  }

  #keys(resource: ResourceKey): readonly string[] {
    const known = this.#sortedKeys.get(resource);
    if (known !== undefined) return known;
    const sorted = [...this.#collection(resource).keys()].sort(compareKeys);
    this.#sortedKeys.set(resource, sorted);
    return sorted;
  }

  #collection(resource: ResourceKey): Map<string, KubernetesObject> {
    const known = this.#collections.get(resource);
    if (known !== undefined) return known;
    const created = new Map<string, KubernetesObject>();
    this.#collections.set(resource, created);
    return created;
  }
}

/** Returns the key of an object, `NAMESPACE/NAME`. Lists are sorted by this key. */
export function storeKey(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Compares keys by code units, so that lists have the same order as with etcd. */
function compareKeys(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
