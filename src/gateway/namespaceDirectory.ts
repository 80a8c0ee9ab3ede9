import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Reflector, type ReflectorState } from '../kube/cluster/reflector.ts';
import type { Pod, Service } from '../kube/cluster/resources.ts';
import { matchesLabels } from '../kube/target/labelSelector.ts';
import { isStatus } from '../rest/statusError.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';

export interface NamespaceDirectoryOptions {
  readonly namespace: string;
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly clock: Clock;
}

/** The current services and pods of a namespace. Watches keep them up to date until the directory is disposed of. */
export class NamespaceDirectory implements Disposable {
  readonly namespace: string;
  readonly #owned = new DisposableStore();
  readonly #didChange = this.#owned.add(new Emitter<void>());
  readonly #services: Reflector<'services', Service>;
  readonly #pods: Reflector<'pods', Pod>;
  #byName: ReadonlyMap<string, Service> | undefined;
  #podsOf = new Map<string, readonly Pod[]>();
  readonly #access: NamespaceDirectoryOptions['access'];
  readonly #abort = new AbortController();
  #missing: CodedError | undefined;
  /**
   * Whether this directory has asked the API server if the namespace exists: not yet, now, or earlier. It asks only if
   * the lists contain no services and no pods, because the API server returns empty lists for a missing namespace, and
   * not an error.
   */
  #look: 'none' | 'pending' | 'done' = 'none';

  /** Fires when a service, a pod or {@link error} changes. */
  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor({ namespace, access, clock }: NamespaceDirectoryOptions) {
    this.namespace = namespace;
    this.#access = access;
    this.#owned.add({ dispose: () => this.#abort.abort() });
    const common = { access, query: { namespace }, clock };
    const toItem = <T>(object: T): T => object;
    this.#services = this.#owned.add(new Reflector({ ...common, resource: 'services', toItem }));
    this.#pods = this.#owned.add(new Reflector({ ...common, resource: 'pods', toItem }));
    for (const { onDidChange } of [this.#services, this.#pods])
      this.#owned.add(onDidChange(() => this.#change()));
  }

  get isLoaded(): boolean {
    return this.#isListed && this.#look !== 'pending';
  }

  get #isListed(): boolean {
    return this.#services.isLoaded && this.#pods.isLoaded;
  }

  /** The reason why services or pods are missing or out of date; undefined if the directory is up to date. */
  get error(): CodedError | undefined {
    return errorOf(this.#services.state) ?? errorOf(this.#pods.state) ?? this.#missing;
  }

  get services(): ReadonlyMap<string, Service> {
    this.#byName ??= new Map(
      [...this.#services.items.values()].map((service) => [service.metadata.name, service]),
    );
    return this.#byName;
  }

  get pods(): Iterable<Pod> {
    return this.#pods.items.values();
  }

  pod(uid: string): Pod | undefined {
    return this.#pods.items.get(uid);
  }

  /** Returns the pods that a service selects, including pods that are not Ready. */
  podsOf({ metadata: { name }, spec }: Service): readonly Pod[] {
    const known = this.#podsOf.get(name);
    if (known !== undefined) return known;
    const pods = [...this.pods].filter((pod) => matchesLabels(pod, spec?.selector));
    this.#podsOf.set(name, pods);
    return pods;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #change(): void {
    this.#byName = undefined;
    this.#podsOf.clear();
    const isEmpty = this.#services.items.size === 0 && this.#pods.items.size === 0;
    if (!isEmpty) this.#missing = undefined;
    else if (this.#isListed && this.#look === 'none') void this.#lookForNamespace();
    this.#didChange.fire();
  }

  /**
   * Checks whether the namespace exists. If it does not, sets {@link error} to `NAMESPACE_NOT_FOUND`. Never rejects.
   */
  async #lookForNamespace(): Promise<void> {
    this.#look = 'pending';
    const { signal } = this.#abort;
    const { namespace } = this;
    try {
      const { cluster } = await this.#access(signal);
      await cluster.get('namespaces', undefined, namespace, signal);
    } catch (error) {
      // Ignores errors other than 404: a user without permission to read the namespace itself may still use its
      // services.
      const isMissing = isStatus(error, 404, 'namespaces');
      if (isMissing) this.#missing = new CodedError('NAMESPACE_NOT_FOUND', { namespace }, error);
    }
    this.#look = 'done';
    this.#didChange.fire();
  }
}

function errorOf(state: ReflectorState): CodedError | undefined {
  return state.type === 'failed' ? toCoded(state.error) : undefined;
}
