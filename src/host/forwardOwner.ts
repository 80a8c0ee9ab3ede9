import type { ScopedDisposable } from '../base/disposable.ts';
import type { Event } from '../base/event.ts';
import type { ContextReference, PluginTerms } from '../rpc/clustersContract.ts';
import type { ForwardSpecification } from '../rpc/forwardsContract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import type { SessionOptions } from '../session/sessionOptions.ts';
import type { ClientKey } from './holders.ts';

/** The environment in which a forward runs. All clients with an equal environment share one `ForwardOwner`. */
export interface ForwardOwner {
  readonly key: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Keeps the environment's credentials and its access to clusters in memory until the result is disposed of. */
  retain(): ScopedDisposable;
  /** Returns the object that finds a pod for the specification, and connects to the cluster with this environment. */
  target(
    specification: ForwardSpecification,
    /**
     * Returns the plugins that the client allows now. Used instead of the plugins in `specification`, because the user
     * can allow other plugins each time the forward restarts.
     */
    plugins: () => PluginTerms | undefined,
  ): SessionOptions['target'];
  /**
   * Returns a function that connects to a context's cluster. The first call of this function asks the user to sign in
   * if needed, because the user has just started a forward or gateway. Later calls are automatic and do not ask.
   */
  clusterAccess(
    context: ContextReference,
    plugins: () => PluginTerms | undefined,
  ): (signal: AbortSignal) => Promise<ClusterAccess>;
  /** Fires when the user has signed in to a cluster. */
  readonly onDidSignIn: Event<void>;
  /** Asks the user to sign in to the context's cluster if needed. Never rejects. */
  signIn(context: ContextReference): Promise<void>;
}

/** A holder (a window, terminal, task or other user of a forward or gateway), with its client and environment. */
export interface ForwardUser {
  readonly owner: ForwardOwner;
  readonly holder: Holder;
  /**
   * The client that added the holder. When this client disconnects, the host releases a holder that lasts only as long
   * as the client, such as a VS Code task.
   */
  readonly client: ClientKey;
}
