import type { ContextRow } from '../../rpc/contract.ts';
import { isOfUser, isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { SavedForward, SettingsScope } from './savedForward.ts';
import { findContext } from './toSpecification.ts';

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
