import { DEFAULT_ADDRESSES, isLoopback } from '../../base/address.ts';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import { parseTarget } from '../../kinds/target.ts';
import type { ContextRow, ContextsProblem, TargetReference } from '../../rpc/clustersContract.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';
import { fromErrorInfo } from '../../rpc/rpcErrors.ts';
import { preferredLocalPort } from '../forwards/preferredLocalPort.ts';
import type { NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import { isOfUser, isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { ForwardEntry, NamespaceEntry, SavedEntry } from './forwardEntry.ts';
import type { SavedForward, SettingsScope } from './savedForward.ts';

/** A forward entry whose name is optional: other extensions and chat agents start forwards without a name. */
export type UnnamedEntry = Omit<ForwardEntry, 'name'> & { readonly name?: string };

/** The contexts that an entry can name (see {@link contextsFor}). */
export interface KnownContexts {
  readonly contexts: readonly ContextRow[];
  /** The problems that may be the reason why a context is missing (see {@link problemsFor}). Optional, default none. */
  readonly problems?: readonly ContextsProblem[];
}

/** The values for fields that an entry does not set, and the contexts that an entry can name. */
export interface EntryDefaults extends KnownContexts {
  readonly transport: ForwardSpecification['transport'] | 'auto';
  /**
   * The local address for entries that set none. If undefined, entries listen on loopback only, even if they set
   * another address.
   */
  readonly bindAddress: string | undefined;
  readonly lastLocalPort: (target: TargetReference, remotePort: number | string) => number | undefined;
}

/**
 * Converts an entry to a specification for the forward host.
 * @throws CodedError `INVALID_TARGET`, the errors of {@link namedContext}
 */
export function toSpecification(entry: UnnamedEntry, defaults: EntryDefaults): ForwardSpecification {
  const { remotePort } = entry;
  const context = namedContext(entry, defaults);
  const target: TargetReference = {
    context: { kubeconfig: context.kubeconfig, context: context.context },
    namespace: entry.namespace ?? context.namespace,
    ...parseTarget(entry.target),
  };
  const transport = entry.transport ?? defaults.transport;
  const number = typeof remotePort === 'number' ? remotePort : undefined;
  const preferred = preferredLocalPort(number, defaults.lastLocalPort(target, remotePort));
  return {
    target,
    remotePort,
    localPort:
      entry.localPort === undefined || entry.localPort === 0
        ? { mode: 'preferred', port: preferred }
        : { mode: 'exact', port: entry.localPort },
    address: addressOf(entry, defaults),
    ...defined({ label: entry.name }),
    ...(transport === undefined || transport === 'auto' ? {} : { transport }),
  };
}

/**
 * Converts an entry with `proxy` to the request that opens its namespace in a gateway.
 * @throws CodedError the errors of {@link namedContext}
 */
export function toNamespaces(entry: NamespaceEntry, known: KnownContexts): NamespacesToOpen {
  const { kubeconfig, context, namespace } = namedContext(entry, known);
  const { localPort = 0 } = entry;
  return {
    context: { kubeconfig, context },
    namespaces: [entry.namespace ?? namespace],
    ...(localPort !== 0 && { localPort: { mode: 'exact', port: localPort } }),
  };
}

function addressOf({ address }: UnnamedEntry, { bindAddress }: EntryDefaults): string {
  if (bindAddress !== undefined) return address ?? bindAddress;
  return address !== undefined && isLoopback(address) ? address : DEFAULT_ADDRESSES[0];
}

/**
 * Returns the context that an entry names, or the current context if the entry names none. Throws if several contexts
 * have this name and lead to different servers, because the forward could silently lead to the wrong cluster. If the
 * context is missing and a kubeconfig that may define it cannot be used, throws the error of this kubeconfig.
 * @throws CodedError `CONTEXT_NOT_FOUND`, `CONTEXT_AMBIGUOUS`, `NO_CURRENT_CONTEXT`, `KUBECONFIG_INVALID`,
 *   `KUBECONFIG_NOT_FOUND`, `KUBECONFIG_UNREADABLE`
 */
export function namedContext(
  { context: name }: Pick<SavedEntry, 'context'>,
  { contexts, problems = [] }: KnownContexts,
): ContextRow {
  const found = findContext(name, contexts);
  const others = contexts.filter((row) => row.context === name && row.server !== found?.server);
  if (found !== undefined && others.length === 0) return found;
  if (found !== undefined) {
    const files = new Set([found, ...others].map((row) => row.files?.[0] ?? row.kubeconfig));
    throw new CodedError('CONTEXT_AMBIGUOUS', { context: found.context, files: [...files].join(', ') });
  }
  // Only the default kubeconfig, whose path is empty, sets the current context.
  const hiding = problems.find(({ hidesContextsOf: path }) =>
    name === undefined ? path === '' : path !== undefined,
  );
  if (hiding !== undefined) throw fromErrorInfo(hiding.error);
  const known = [...new Set(contexts.map((row) => row.context))].join(', ');
  if (name === undefined) throw new CodedError('NO_CURRENT_CONTEXT', { known });
  throw new CodedError('CONTEXT_NOT_FOUND', { context: name, known });
}

/**
 * Finds a context by name, or the current context if no name is given. If several kubeconfigs have such a context,
 * prefers the default kubeconfig.
 */
function findContext(name: string | undefined, contexts: readonly ContextRow[]): ContextRow | undefined {
  const named = contexts.filter((row) => (name === undefined ? row.isCurrent : row.context === name));
  return named.find((row) => row.kubeconfig === '') ?? named[0];
}

/**
 * Returns the contexts that an entry can name. Entries of the user settings can name only contexts from the user's own
 * kubeconfigs. Otherwise, a workspace could redirect these entries to another cluster: a kubeconfig of the workspace
 * could have a context with the same name.
 * @param scope the settings that contain the entry; undefined if the entry is in no settings
 */
export function contextsFor(
  scope: SettingsScope | undefined,
  contexts: readonly ContextRow[],
  places: KubeconfigPlaces,
): readonly ContextRow[] {
  return scope?.type === 'user' ? contexts.filter((row) => isOfUser(row, places)) : contexts;
}

/** Returns the problems that may be the reason why a context that an entry can name is missing. */
export function problemsFor(
  scope: SettingsScope | undefined,
  problems: readonly ContextsProblem[],
  places: KubeconfigPlaces,
): readonly ContextsProblem[] {
  return problems.filter(
    ({ hidesContextsOf: kubeconfig }) =>
      kubeconfig !== undefined && (scope?.type !== 'user' || isOfUser({ kubeconfig }, places)),
  );
}

/**
 * Returns the destination of a saved forward: its kubeconfig file and context; null if the context does not exist. If
 * the destination changes, the user must approve the automatic start again. If the workspace controls the kubeconfig,
 * the destination also includes the server and the plugin. For the user's own kubeconfigs, the destination omits them,
 * because local clusters such as minikube change the port of their server at each start.
 */
export function destinationOf(
  { entry, scope }: SavedForward,
  contexts: readonly ContextRow[],
  places: KubeconfigPlaces,
): unknown {
  const row = findContext(entry.context, contextsFor(scope, contexts, places));
  if (row === undefined) return null;
  const identity = isOfWorkspace(row, places) ? row.identity : undefined;
  return [row.files?.[0] ?? row.kubeconfig, row.context, identity ?? null];
}
