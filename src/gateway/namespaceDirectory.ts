import { type Clock, delay } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Reflector, type ReflectorState } from '../kube/cluster/reflector.ts';
import type { Pod, Service } from '../kube/cluster/resources.ts';
import { matchesLabels } from '../kube/target/labelSelector.ts';
import { isStatus } from '../rest/statusError.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';

/**
 * How long to wait after a failed request before the API server is asked again whether the namespace exists, in
 * milliseconds.
 */
const RETRY_MS = 5_000;

export interface NamespaceDirectoryOptions {
  readonly namespace: string;
  readonly access: (signal: AbortSignal) => Promise<ClusterAccess>;
  readonly clock: Clock;
  /** Fires when the user has signed in, so that failed lists are requested again at once. Optional. */
  readonly onDidSignIn?: Event<void> | undefined;
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
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  #missing: CodedError | undefined;
  /**
   * Whether this directory has asked the API server for the namespace: not yet (`none`), the first answer is awaited
   * (`pending`), or the first request has ended (`done`). Asks only if the lists contain no services and no pods,
   * because the API server returns empty lists for a missing namespace, and not an error.
   */
  #namespaceCheck: 'none' | 'pending' | 'done' = 'none';

  /** Fires when a service, a pod or {@link error} changes. */
  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor({ namespace, access, clock, onDidSignIn }: NamespaceDirectoryOptions) {
    this.namespace = namespace;
    this.#access = access;
    this.#clock = clock;
    this.#owned.add({ dispose: () => this.#abort.abort() });
    const common = { access, query: { namespace }, clock };
    const toItem = <T>(object: T): T => object;
    this.#services = this.#owned.add(new Reflector({ ...common, resource: 'services', toItem }));
    this.#pods = this.#owned.add(new Reflector({ ...common, resource: 'pods', toItem }));
    for (const reflector of [this.#services, this.#pods]) {
      this.#owned.add(reflector.onDidChange(() => this.#change()));
      const retry = () => reflector.state.type === 'failed' && reflector.refresh();
      if (onDidSignIn !== undefined) this.#owned.add(onDidSignIn(retry));
    }
  }

  get isLoaded(): boolean {
    return this.#isListed && this.#namespaceCheck !== 'pending';
  }

  get #isListed(): boolean {
    return this.#services.isLoaded && this.#pods.isLoaded;
  }

  get #isEmpty(): boolean {
    return this.#services.items.size === 0 && this.#pods.items.size === 0;
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
    if (!this.#isEmpty) this.#missing = undefined;
    else if (this.#isListed && this.#namespaceCheck === 'none') void this.#checkNamespace();
    this.#didChange.fire();
  }

  /**
   * Checks whether the namespace exists. If it does not, sets {@link error} to `NAMESPACE_NOT_FOUND`. Asks again after
   * a failed request, as long as the lists are empty. Never rejects.
   */
  async #checkNamespace(): Promise<void> {
    this.#namespaceCheck = 'pending';
    const { signal } = this.#abort;
    for (;;) {
      const isAnswered = await this.#ask(signal);
      this.#namespaceCheck = 'done';
      this.#didChange.fire();
      if (!isAnswered) await delay(RETRY_MS, signal, this.#clock).catch(() => {});
      if (isAnswered || signal.aborted || !this.#isEmpty) return;
    }
  }

  /** Requests the namespace from the API server. Returns false if the request failed and must be repeated. */
  async #ask(signal: AbortSignal): Promise<boolean> {
    const { namespace } = this;
    try {
      const { cluster } = await this.#access(signal);
      await cluster.get('namespaces', undefined, namespace, signal);
      return true;
    } catch (error) {
      const isMissing = isStatus(error, 404, 'namespaces');
      if (isMissing && this.#isEmpty) {
        this.#missing = new CodedError('NAMESPACE_NOT_FOUND', { namespace }, error);
      }
      // Ignores 403: a user without permission to read the namespace itself may still use its services.
      return isStatus(error, 404) || isStatus(error, 403);
    }
  }
}

function errorOf(state: ReflectorState): CodedError | undefined {
  return state.type === 'failed' ? toCoded(state.error) : undefined;
}
