import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { Disposable, ScopedDisposable } from '../base/disposable.ts';
import type { Event } from '../base/event.ts';
import { SharedMap } from '../base/sharedMap.ts';
import type { ContextReference, PluginTerms } from '../rpc/clustersContract.ts';
import type { ForwardSpecification } from '../rpc/forwardsContract.ts';
import { type ClusterAccess, KubeTarget } from '../session/kubeTarget.ts';
import type { SessionTarget } from '../session/ports.ts';
import { cleanEnvironment, type Environment, environmentKey } from './clientEnvironment.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import { KubeAccess } from './kubeAccess.ts';
import { RowSources, type ViewJournal } from './rowSources.ts';

export interface ClientEnvironmentsOptions {
  readonly clock: Clock;
  /**
   * Called with each line that an exec plugin writes to standard error.
   * @param key the {@link environmentKey} of the environment in which the plugin runs
   */
  readonly onPluginOutput: (key: string, user: string, line: string) => void;
  readonly journal?: ViewJournal;
}

/**
 * The environments of connected clients and running forwards. Kept in memory only, because environments may contain
 * secrets.
 */
export class ClientEnvironments implements Disposable {
  readonly #options: ClientEnvironmentsOptions;
  readonly #entries = new SharedMap<SharedEnvironment>();

  constructor(options: ClientEnvironmentsOptions) {
    this.#options = options;
  }

  /** The number of environments in use. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * Returns the object that all clients with this environment share. Creates the object if there is none. The caller
   * must call `retain` of the object at once: before that, another call of `get` would create a second object. The
   * object is disposed of when all results of its `retain` are disposed of.
   */
  get(environment: Environment): SharedEnvironment {
    const key = environmentKey(environment);
    const retain = (entry: SharedEnvironment) => this.#entries.acquire(key, () => entry);
    const known = this.#entries.get(key);
    return known ?? new SharedEnvironment(key, cleanEnvironment(environment), this.#options, retain);
  }

  dispose(): void {
    this.#entries.dispose();
  }
}

/**
 * The connections to API servers, the watches of objects, and the credentials that all clients with the same
 * environment share.
 */
export class SharedEnvironment implements ForwardOwner, Disposable {
  readonly key: string;
  readonly access: KubeAccess;
  readonly sources: RowSources;
  readonly #clock: Clock;
  readonly #retain: (entry: SharedEnvironment) => ScopedDisposable;

  constructor(
    key: string,
    environment: Environment,
    { clock, onPluginOutput, journal }: ClientEnvironmentsOptions,
    retain: (entry: SharedEnvironment) => ScopedDisposable,
  ) {
    this.key = key;
    this.#clock = clock;
    this.#retain = retain;
    this.access = new KubeAccess({
      environment,
      clock,
      onPluginOutput: (user, line) => onPluginOutput(key, user, line),
    });
    this.sources = new RowSources(this.access, clock, journal);
  }

  get environment(): Environment {
    return this.access.environment;
  }

  retain(): ScopedDisposable {
    return this.#retain(this);
  }

  target(specification: ForwardSpecification, plugins: () => PluginTerms | undefined): SessionTarget {
    const { target, remotePort, requiresReady = false } = specification;
    return new KubeTarget({
      access: this.clusterAccess(target.context, plugins),
      target,
      namespace: target.namespace,
      remotePorts: [remotePort],
      followsTarget: true,
      requiresReady,
      onDidSignIn: this.access.onDidSignIn,
      clock: this.#clock,
    });
  }

  clusterAccess({ kubeconfig, context }: ContextReference, plugins: () => PluginTerms | undefined) {
    let isAskedFor = true;
    return async (signal: AbortSignal): Promise<ClusterAccess> => {
      // Asks the user to sign in only when the function is called for the first time, because the user has just started
      // the forward or gateway. Later calls are automatic, and the user may not expect a sign-in.
      const connect = isAskedFor ? this.access.signIn : this.access.connect;
      isAskedFor = false;
      const reference = { kubeconfig, context, ...defined({ plugins: plugins() }) };
      return await connect.call(this.access, reference, signal);
    };
  }

  get onDidSignIn(): Event<void> {
    return this.access.onDidSignIn;
  }

  async signIn(context: ContextReference): Promise<void> {
    try {
      await this.access.signIn(context, new AbortController().signal);
    } catch {
      // Ignores the error here: the next request that needs the credentials reports the error.
    }
  }

  dispose(): void {
    this.sources.dispose();
    this.access.dispose();
  }
}
