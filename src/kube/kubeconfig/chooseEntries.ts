import { delimiter } from 'node:path';
import { CodedError } from '../../base/errors.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import {
  invalidKubeconfig,
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigProblem,
  type KubeconfigSource,
  type KubeconfigUser,
} from './kubeconfigFile.ts';
import type { RestConfigOverrides } from './restConfigOverrides.ts';

/**
 * The context, cluster and user of a kubeconfig that are used together. `cluster` is undefined if the kubeconfig does
 * not define the chosen cluster, but `--server` is given. `user` is undefined if no user is chosen: requests are then
 * anonymous. It is also undefined if the kubeconfig does not define the chosen user, but `--token` is given.
 */
export interface ChosenEntries {
  /**
   * Undefined if the kubeconfig has no current context and no flag names one. This is allowed if `--server` or
   * `--cluster` is given.
   */
  readonly context: KubeconfigContext | undefined;
  readonly cluster: KubeconfigCluster | undefined;
  readonly user: KubeconfigUser | undefined;
}

/**
 * Chooses the context, cluster and user that the flags name. Without `--context`, chooses the current context. If no
 * flag names a cluster or a user, chooses the cluster or user that the context names. Like kubectl, uses the empty name
 * if there is no name at all, because a kubeconfig may define a context, cluster or user with an empty name.
 * @throws CodedError `CONTEXT_NOT_FOUND`, `NO_CONTEXTS`, `NO_CURRENT_CONTEXT`, `CLUSTER_NOT_FOUND`, `USER_NOT_FOUND`,
 *   `KUBECONFIG_INVALID`, `KUBECONFIG_UNREADABLE`
 */
export function chooseEntries(kubeconfig: Kubeconfig, overrides: RestConfigOverrides): ChosenEntries {
  const context = chooseContext(kubeconfig, overrides);
  const entries = entriesOf(kubeconfig, context, overrides);
  checkCluster(kubeconfig, entries, overrides);
  checkUser(kubeconfig, entries, overrides);
  return entries;
}

/**
 * Returns the entries that {@link chooseEntries} chooses for a context, but does not throw if an entry is missing or
 * cannot be used.
 */
export function entriesOf(
  { clusters, users }: Kubeconfig,
  context: KubeconfigContext | undefined,
  overrides: RestConfigOverrides = {},
): ChosenEntries {
  const [clusterName, userName] = [clusterNameOf(context, overrides), userNameOf(context, overrides)];
  return {
    context,
    cluster: clusters.find(({ name }) => name === clusterName),
    user: users.find(({ name }) => name === userName),
  };
}

function clusterNameOf(context: KubeconfigContext | undefined, overrides: RestConfigOverrides): string {
  return overrides.cluster ?? context?.cluster ?? '';
}

function userNameOf(context: KubeconfigContext | undefined, overrides: RestConfigOverrides): string {
  return overrides.user ?? context?.user ?? '';
}

function chooseContext(
  kubeconfig: Kubeconfig,
  { context, server, cluster }: RestConfigOverrides,
): KubeconfigContext | undefined {
  const name = context ?? kubeconfig.currentContext ?? '';
  const found = kubeconfig.contexts.find((candidate) => candidate.name === name);
  throwProblem(kubeconfig, 'contexts', name, found);
  if (found !== undefined) return found;
  const known = namesOf(kubeconfig.contexts);
  if (context !== undefined || name !== '')
    throw new CodedError('CONTEXT_NOT_FOUND', { context: name, known });
  // With `--server` or `--cluster`, a missing current context is no error.
  if (server !== undefined || cluster !== undefined) return undefined;
  if (kubeconfig.contexts.length > 0) throw new CodedError('NO_CURRENT_CONTEXT', { known });
  throw new CodedError('NO_CONTEXTS', { path: kubeconfig.paths.join(delimiter) });
}

function checkCluster(
  kubeconfig: Kubeconfig,
  { context, cluster }: ChosenEntries,
  overrides: RestConfigOverrides,
): void {
  if (cluster === undefined && overrides.server !== undefined) return;
  const name = clusterNameOf(context, overrides);
  throwProblem(kubeconfig, 'clusters', name, cluster);
  if (cluster !== undefined) return;
  if (name === '' && context !== undefined) {
    const { path, line } = context.source;
    throw invalidKubeconfig(path, line, `context "${context.name}" has no cluster`);
  }
  throw new CodedError('CLUSTER_NOT_FOUND', { cluster: name, known: namesOf(kubeconfig.clusters) });
}

function checkUser(
  kubeconfig: Kubeconfig,
  { context, user }: ChosenEntries,
  overrides: RestConfigOverrides,
): void {
  const name = userNameOf(context, overrides);
  if (user === undefined && name === '') return;
  throwProblem(kubeconfig, 'users', name, user);
  if (user?.fault !== undefined) {
    throw invalidKubeconfig(user.source.path, user.fault.line, user.fault.reason);
  }
  // With `--token`, a missing user is no error.
  if (user !== undefined || overrides.token !== undefined) return;
  throw new CodedError('USER_NOT_FOUND', { user: name, known: namesOf(kubeconfig.users) });
}

/**
 * Throws an error if the context, cluster or user with this name is invalid. Also throws an error if a problem may hide
 * an entry with this name: a whole file is invalid, or the name of an invalid entry cannot be read. If a valid entry
 * with this name exists, only the problems of earlier files count. Entries of earlier files have precedence, and may
 * lead to another server or to other credentials.
 * @param found the valid entry with this name, or undefined if there is none
 */
function throwProblem(
  { paths, problems }: Kubeconfig,
  type: KubeconfigProblem['type'],
  name: string,
  found: { readonly source: KubeconfigSource } | undefined,
): void {
  const end = found === undefined ? paths.length : paths.indexOf(found.source.path);
  const earlier = problems.filter(({ path }) => paths.indexOf(path) < end);
  const ofType = earlier.filter((problem) => problem.type === type);
  const problem =
    ofType.find((candidate) => candidate.name === name) ??
    earlier.find((candidate) => candidate.type === 'file') ??
    ofType.find((candidate) => candidate.name === undefined);
  if (problem !== undefined) throw problem.error;
}

function namesOf(entries: readonly { readonly name: string }[]): string {
  return entries.length === 0 ? '(none)' : entries.map(({ name }) => `"${name}"`).join(', ');
}
