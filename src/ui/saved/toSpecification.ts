import { isLoopback } from '../../base/address.ts';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import { parseTarget } from '../../kinds/target.ts';
import type { ContextRow, ForwardSpecification, TargetReference } from '../../rpc/contract.ts';
import { preferredLocalPort } from '../forwards/preferredLocalPort.ts';
import type { NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import { isOfUser, isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { ForwardEntry, NamespaceEntry, SavedEntry } from './forwardEntry.ts';
import type { SavedForward, SettingsScope } from './savedForward.ts';

/** An entry whose name is optional. */
export type UnnamedEntry = Omit<ForwardEntry, 'name'> & { readonly name?: string };

/** Values that an entry does not define. */
export interface EntryDefaults {
  /** All known contexts: an entry cannot name another one. */
  readonly contexts: readonly ContextRow[];
  readonly transport: ForwardSpecification['transport'] | 'auto';
  /** The default address; undefined for entries that must listen on loopback, whatever they define. */
  readonly bindAddress: string | undefined;
  readonly lastLocalPort: (target: TargetReference, remotePort: number | string) => number | undefined;
}

/**
 * Creates the specification for the host.
 * @throws CodedError `CONTEXT_NOT_FOUND`, `NO_CURRENT_CONTEXT`, `INVALID_TARGET`
 */
export function toSpecification(entry: UnnamedEntry, defaults: EntryDefaults): ForwardSpecification {
  const { remotePort } = entry;
  const context = contextOf(entry, defaults.contexts);
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

/** The namespace that an entry opens by name. @throws CodedError `CONTEXT_NOT_FOUND`, `NO_CURRENT_CONTEXT` */
export function toNamespaces(entry: NamespaceEntry, contexts: readonly ContextRow[]): NamespacesToOpen {
  const { kubeconfig, context, namespace } = contextOf(entry, contexts);
  const { localPort = 0 } = entry;
  return {
    context: { kubeconfig, context },
    namespaces: [entry.namespace ?? namespace],
    ...(localPort !== 0 && { localPort: { mode: 'exact', port: localPort } }),
  };
}

function addressOf({ address }: UnnamedEntry, { bindAddress }: EntryDefaults): string {
  if (bindAddress !== undefined) return address ?? bindAddress;
  return address !== undefined && isLoopback(address) ? address : 'localhost';
}

function contextOf(
  { context: name }: Pick<SavedEntry, 'context'>,
  contexts: readonly ContextRow[],
): ContextRow {
  const found = findContext(name, contexts);
  if (found !== undefined) return found;
  const known = [...new Set(contexts.map((row) => row.context))].join(', ');
  if (name === undefined) throw new CodedError('NO_CURRENT_CONTEXT', { known });
  throw new CodedError('CONTEXT_NOT_FOUND', { context: name, known });
}

/** Finds a context by name: first in the default kubeconfig. Without a name: the current context. */
export function findContext(
  name: string | undefined,
  contexts: readonly ContextRow[],
): ContextRow | undefined {
  const named = contexts.filter((row) => (name === undefined ? row.isCurrent : row.context === name));
  return named.find((row) => row.kubeconfig === '') ?? named[0];
}

/** The contexts that an entry can name. Entries of the user can name only contexts from the user's kubeconfigs. */
export function contextsFor(
  place: SettingsScope,
  contexts: readonly ContextRow[],
  places: KubeconfigPlaces,
): readonly ContextRow[] {
  return place.type === 'user' ? contexts.filter((row) => isOfUser(row, places)) : contexts;
}

/**
 * The current destination of a saved forward, which an approval covers: the file and the context. If the workspace controls the
 * kubeconfig, also the server and the sign-in program. Otherwise not, because kind and minikube change their port each time.
 */
export function destinationOf(
  { entry, place }: SavedForward,
  contexts: readonly ContextRow[],
  places: KubeconfigPlaces,
): unknown {
  const row = findContext(entry.context, contextsFor(place, contexts, places));
  if (row === undefined) return null;
  const identity = isOfWorkspace(row, places) ? row.identity : undefined;
  return [row.files?.[0] ?? row.kubeconfig, row.context, identity ?? null];
}
