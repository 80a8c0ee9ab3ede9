import type { Disposable } from '../base/disposable.ts';
import type { CodedError } from '../base/errors.ts';
import type { ContextReference, ForwardSpecification, Holder, PluginTerms } from '../rpc/contract.ts';
import type { ClusterAccess } from '../session/kubeTarget.ts';
import type { SessionOptions } from '../session/session.ts';
import type { ClientKey } from './holders.ts';

/** Whose forwards they are: those of one environment. */
export interface ForwardOwner {
  readonly key: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Keeps the environment for as long as a forward needs it. */
  retain(): Disposable;
  /** The target of a specification, in this environment, which tells what it waits for. */
  target(
    specification: ForwardSpecification,
    onWaiting: (reason: CodedError) => void,
    /** What may be run now, whatever the specification says: it changes with each try that a person asks for. */
    plugins: () => PluginTerms | undefined,
  ): SessionOptions['target'];
  /** The way to a context's cluster. The first use asks a person to sign in if needed, for it follows a person's request. */
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
  /** The client that the holder lets go with. */
  readonly client: ClientKey;
}
