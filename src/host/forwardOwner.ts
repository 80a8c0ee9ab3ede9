import type { Disposable } from '../base/disposable.ts';
import type { ContextReference, ForwardSpecification, Holder, PluginTerms } from '../rpc/contract.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import type { SessionOptions } from '../session/sessionOptions.ts';
import type { ClientKey } from './holders.ts';

/** The owner of forwards: one environment. */
export interface ForwardOwner {
  readonly key: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Keeps the environment for as long as a forward needs it. */
  retain(): Disposable;
  /** Creates the target of a specification in this environment. */
  target(
    specification: ForwardSpecification,
    /**
     * Returns the plugins allowed now, whatever the specification says: the value changes with each try that a person requests.
     */
    plugins: () => PluginTerms | undefined,
  ): SessionOptions['target'];
  /** Returns the access to a context's cluster. The first call follows a person's request, so it asks for sign-in if needed. */
  clusterAccess(
    context: ContextReference,
    plugins: () => PluginTerms | undefined,
  ): (signal: AbortSignal) => Promise<ClusterAccess>;
  /** Asks a person to sign in if needed. Never rejects. */
  signIn(context: ContextReference): Promise<void>;
}

/** The user of a forward. */
export interface ForwardUser {
  readonly owner: ForwardOwner;
  readonly holder: Holder;
  /** The client with which the holder goes. */
  readonly client: ClientKey;
}
