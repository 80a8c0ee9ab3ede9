import type { ContextRow } from '../../rpc/contract.ts';
import { isOfUser, isOfWorkspace, type KubeconfigPlaces } from '../workspaceKubeconfigs.ts';
import type { SavedForward, SavedPlace } from './savedForward.ts';
import { findContext } from './toSpecification.ts';

/** The contexts that an entry can name: the user's own are looked up in the user's kubeconfigs alone. */
export function contextsFor(
  place: SavedPlace,
  contexts: readonly ContextRow[],
  places: KubeconfigPlaces,
): readonly ContextRow[] {
  return place.type === 'user' ? contexts.filter((row) => isOfUser(row, places)) : contexts;
}

/**
 * Where a saved forward leads to now, as an approval is bound to it: the file and the context. Where the workspace decides about the
 * kubeconfig, the server and the program that signs in as well; elsewhere not, for kind and minikube take another port each time.
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
