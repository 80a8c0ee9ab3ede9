import { type Clock, delay } from '../base/async.ts';
import { type Backoff, exponentialBackoff } from '../base/backoff.ts';
import type { Disposable } from '../base/disposable.ts';
import { type CodedError, isCoded, toCoded } from '../base/errors.ts';
import type { Cluster } from '../kube/cluster/cluster.ts';
import { listAndWatch } from '../kube/cluster/listAndWatch.ts';
import { objectKey, type Resource, type ResourceTypes } from '../kube/cluster/resources.ts';

export interface FollowedObjectsOptions<R extends Resource> {
  /** Called again after each failure, because a kubeconfig may have changed. */
  readonly access: (signal: AbortSignal) => Promise<{ readonly cluster: Cluster }>;
  readonly resource: R;
  readonly namespace: string;
  readonly clock: Clock;
  readonly onChange: () => void;
}

/** Pauses before a failed list or watch is started again. */
const RETRY = { firstMs: 500, maxMs: 30_000, random: Math.random };

/** Follows the objects of a kind in a namespace, through every failure, until it is disposed of. */
export class FollowedObjects<R extends Resource> implements Disposable {
  readonly #options: FollowedObjectsOptions<R>;
  readonly #abort = new AbortController();
  readonly #objects = new Map<string, ResourceTypes[R]>();
  #isLoaded = false;
  #error: CodedError | undefined;

  constructor(options: FollowedObjectsOptions<R>) {
    this.#options = options;
    void this.#follow();
  }

  /** The objects by their UID. */
  get objects(): ReadonlyMap<string, ResourceTypes[R]> {
    return this.#objects;
  }

  /** Whether a complete list has arrived. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** The reason why objects are missing or out of date. */
  get error(): CodedError | undefined {
    return this.#error;
  }

  dispose(): void {
    this.#abort.abort();
  }

  /** Never rejects. */
  async #follow(): Promise<void> {
    const { access, clock, onChange } = this.#options;
    const { signal } = this.#abort;
    let backoff: Backoff = exponentialBackoff(RETRY);
    while (!signal.aborted) {
      try {
        const { cluster } = await access(signal);
        await this.#copy(cluster, () => {
          backoff = exponentialBackoff(RETRY);
        });
      } catch (error) {
        if (signal.aborted) return;
        this.#error = toCoded(error);
        onChange();
        // Another list would be as large and cost as much.
        const delayMs = isCoded(error, 'TOO_LARGE') ? RETRY.maxMs : backoff.delayMs;
        await delay(delayMs, signal, clock).catch(() => {});
        backoff = backoff.next();
      }
    }
  }

  async #copy(cluster: Cluster, onSuccess: () => void): Promise<void> {
    const { resource, namespace, clock, onChange } = this.#options;
    const { signal } = this.#abort;
    for await (const change of listAndWatch(cluster, resource, { namespace }, signal, clock)) {
      if (change.type === 'leftOut') continue;
      if (change.type === 'listed') {
        this.#objects.clear();
        for (const object of change.items) this.#objects.set(objectKey(object), object);
        this.#isLoaded = true;
      } else if (change.type === 'changed') this.#objects.set(objectKey(change.object), change.object);
      else this.#objects.delete(objectKey(change.object));
      this.#error = undefined;
      onSuccess();
      onChange();
    }
  }
}
