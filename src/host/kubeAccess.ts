import { type Clock, raceAbort } from '../base/async.ts';
import { BufferScavenger } from '../base/bufferScavenger.ts';
import { defined } from '../base/defined.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import { kubectlHome } from '../base/kubectlHome.ts';
import { linkTarget } from '../base/realPath.ts';
import { type Cluster, connectCluster } from '../kube/cluster/cluster.ts';
import { SharedCredentials } from '../kube/credentials/sharedCredentials.ts';
import { isSignInSource } from '../kube/credentials/signIn.ts';
import type { TokenFilePermission } from '../kube/credentials/tokenFile.ts';
import { chooseEntries } from '../kube/kubeconfig/chooseEntries.ts';
import { contextIdentity } from '../kube/kubeconfig/contextIdentity.ts';
import { type Kubeconfig, loadKubeconfig } from '../kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../kube/kubeconfig/toRestConfig.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { type ContextReference, contextKey } from '../rpc/clustersContract.ts';
import { notAllowed } from '../rpc/notAllowed.ts';
import { isWithin } from '../rpc/workspacePlaces.ts';
import type { Environment } from './clientEnvironment.ts';

/** The access to the cluster of a context. */
export interface ClusterConnection {
  readonly restConfig: RestConfig;
  readonly cluster: Cluster;
  /** The namespace of the context. */
  readonly namespace: string;
}

export interface KubeAccessOptions {
  readonly environment: Environment;
  /** Called with each line that an exec plugin writes to standard error. */
  readonly onPluginOutput: (user: string, line: string) => void;
  readonly clock: Clock;
}

/**
 * Connects to the clusters of one environment. All clients with this environment share the credentials and the
 * connections to the API servers. The creator disposes of the object, which closes the connections to the API servers.
 */
export class KubeAccess implements Disposable {
  readonly #options: KubeAccessOptions;
  readonly #credentials = new SharedCredentials();
  readonly #connections = new Map<string, ClusterConnection>();
  /**
   * Frees the buffers in which answers of the API server arrive, soon after they are read. V8 would free them much
   * later, and the lists of a large cluster need many buffers.
   */
  readonly #scavenger = new BufferScavenger();
  readonly #didReplace = new Emitter<ContextReference>();
  readonly #didSignIn = new Emitter<void>();

  /** Fires when the user has signed in: requests that failed because credentials were missing may now succeed. */
  readonly onDidSignIn: Event<void> = this.#didSignIn.event;
  /** Fires when a context got a new connection to its API server because its kubeconfig changed. */
  readonly onDidReplace: Event<ContextReference> = this.#didReplace.event;

  constructor(options: KubeAccessOptions) {
    this.#options = options;
  }

  get environment(): Environment {
    return this.#options.environment;
  }

  /**
   * Reads a kubeconfig. If a file, cluster, user or context is invalid, the result omits it and contains the error in
   * `problems`.
   * @param path the path of a file, or empty for the default kubeconfig
   * @throws CodedError the errors of `loadKubeconfig`
   */
  load(path: string): Promise<Kubeconfig> {
    const { environment } = this.#options;
    return loadKubeconfig({
      environment,
      homeFolder: kubectlHome(environment),
      isTolerant: true,
      ...(path !== '' && { kubeconfigPath: path }),
    });
  }

  /**
   * Returns the access to a context's cluster, as the kubeconfig defines it now. This object owns the result and
   * disposes of it.
   * @throws CodedError `PLUGIN_NOT_ALLOWED`, `TOKEN_FILE_NOT_ALLOWED`, the errors of `loadKubeconfig` and
   *   `toRestConfig`; the signal's reason when aborted
   */
  async connect(reference: ContextReference, signal: AbortSignal): Promise<ClusterConnection> {
    const { restConfig, namespace, isRestricted } = await raceAbort(this.#resolve(reference), signal);
    // A client that needs permissions, because the kubeconfig is in its workspace, gets its own connection. If it
    // replaced the connection of a client that needs none, the two clients would replace the connections of each other
    // without end.
    const key = `${contextKey(reference)}\u0000${isRestricted ? 'restricted' : 'free'}`;
    const known = this.#connections.get(key);
    if (known !== undefined && isSameConfig(known.restConfig, restConfig)) {
      // If only the namespace has changed, keeps the connection to the API server and updates the namespace.
      const current = known.namespace === namespace ? known : { ...known, namespace };
      this.#connections.set(key, current);
      return current;
    }
    const connection = { restConfig, namespace, cluster: connectCluster(restConfig, this.#options.clock) };
    this.#connections.set(key, connection);
    if (known !== undefined) {
      known.cluster.dispose();
      this.#didReplace.fire(reference);
    }
    return connection;
  }

  /**
   * Like {@link connect}, but then asks the user to sign in if needed. Call it only when the user has just requested
   * something from the cluster, and never for an automatic attempt.
   * @throws CodedError the errors of {@link connect}, and `CREDENTIALS_FAILED`
   */
  async signIn(reference: ContextReference, signal: AbortSignal): Promise<ClusterConnection> {
    const connection = await this.connect(reference, signal);
    const { credentials } = connection.restConfig;
    if (isSignInSource(credentials) && credentials.needsSignIn) {
      await credentials.signIn(signal);
      this.#didSignIn.fire();
    }
    return connection;
  }

  dispose(): void {
    this.#didReplace.dispose();
    this.#didSignIn.dispose();
    for (const { cluster } of this.#connections.values()) cluster.dispose();
    this.#connections.clear();
  }

  async #resolve({ kubeconfig: path, context, plugins }: ContextReference) {
    const { environment, onPluginOutput, clock } = this.#options;
    const kubeconfig = await this.load(path);
    const reference = { kubeconfig: path, context, ...defined({ plugins }) };
    const { isRestricted, permission } = await checkPermission(kubeconfig, reference);
    const { restConfig, ...resolved } = await toRestConfig(
      kubeconfig,
      { context },
      {
        environment,
        homeFolder: kubectlHome(environment),
        credentialsFor: this.#credentials.credentialsFor,
        onPluginOutput,
        ...defined({ tokenFilePermission: permission }),
        clock,
      },
    );
    const onAnswerBytes = (bytes: number) => this.#scavenger.add(bytes);
    return { ...resolved, isRestricted, restConfig: { ...restConfig, onAnswerBytes } };
  }
}

/**
 * Returns whether two configurations have the same API server, proxy, TLS settings and user. The credentials are
 * compared only by identity (`===`), because `SharedCredentials` returns the same object for the same user.
 */
function isSameConfig(a: RestConfig, b: RestConfig): boolean {
  return (
    a.credentials === b.credentials &&
    a.server.href === b.server.href &&
    a.proxy?.href === b.proxy?.href &&
    JSON.stringify([a.tls, a.impersonate]) === JSON.stringify([b.tls, b.impersonate])
  );
}

/**
 * Throws if a workspace controls the kubeconfig, and the client does not allow the exec plugin or the token file that
 * the kubeconfig now names for the context. Those of any other kubeconfig need no permission. Returns whether a
 * workspace controls the kubeconfig (`isRestricted`), and the permission for the token file; undefined if there is no
 * token file, or if it needs no permission.
 * @throws CodedError `PLUGIN_NOT_ALLOWED`, `TOKEN_FILE_NOT_ALLOWED` and the errors of {@link chooseEntries}
 */
async function checkPermission(
  kubeconfig: Kubeconfig,
  { kubeconfig: path, context: name, plugins }: ContextReference,
): Promise<{ readonly isRestricted: boolean; readonly permission?: TokenFilePermission }> {
  if (plugins === undefined) return { isRestricted: false };
  const { files, identity, ...needed } = await contextIdentity(chooseEntries(kubeconfig, { context: name }));
  const named = [path, ...files].filter((file) => file !== '');
  const targets = await Promise.all(named.map(linkTarget));
  const isRestricted = isWithin([...named, ...targets], plugins);
  const refusal = notAllowed({ context: name, ...needed });
  if (refusal === undefined || !isRestricted) return { isRestricted };
  if (identity !== plugins.allowed) throw refusal;
  const permission = needed.tokenFile === undefined ? undefined : { file: needed.tokenFile, context: name };
  return { isRestricted, ...defined({ permission }) };
}
