import { resolve } from 'node:path';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import { defaultKubeconfigs } from '../base/kubectlHome.ts';
import { linkTarget } from '../base/realPath.ts';
import { entriesOf } from '../kube/kubeconfig/chooseEntries.ts';
import { contextIdentity } from '../kube/kubeconfig/contextIdentity.ts';
import { type ContextSummary, type Kubeconfig, summarizeContexts } from '../kube/kubeconfig/kubeconfig.ts';
import { withoutUserInfo } from '../kube/kubeconfig/userInfo.ts';
import type { ContextRow, ContextsProblem, ContextsSnapshot } from '../rpc/clustersContract.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import type { Environment } from './clientEnvironment.ts';
import type { KubeAccess } from './kubeAccess.ts';

/**
 * The contexts of one kubeconfig. `origin` is a text that identifies the definition of a context. If two kubeconfigs
 * contain the same definition, for example because one is a symbolic link to the other, {@link contextsOf} lists the
 * context only once.
 */
interface FileContexts {
  readonly rows: readonly { readonly row: ContextRow; readonly origin: string }[];
  readonly problems: readonly ContextsProblem[];
}

/**
 * Returns the contexts of the default kubeconfig and of `files`. For each file with errors, also returns the first
 * error. A context that several kubeconfigs contain is listed only once. Never rejects.
 */
export async function contextsOf(access: KubeAccess, files: readonly string[]): Promise<ContextsSnapshot> {
  const paths = ['', ...new Set(files)];
  const parts = await Promise.all(paths.map((path) => contextsOfFile(access, path)));
  const contexts = new Map<string, ContextRow>();
  for (const { row, origin } of parts.flatMap(({ rows }) => rows)) {
    if (!contexts.has(origin)) contexts.set(origin, row);
  }
  const problems = new Map<string, ContextsProblem>();
  for (const problem of parts.flatMap((part) => part.problems)) {
    if (!problems.has(problem.kubeconfig)) problems.set(problem.kubeconfig, problem);
  }
  return { contexts: [...contexts.values()], problems: [...problems.values()] };
}

async function contextsOfFile(access: KubeAccess, path: string): Promise<FileContexts> {
  try {
    const kubeconfig = await access.load(path);
    const links = await linksOf(kubeconfig.paths);
    const listed = summarizeContexts(kubeconfig).map(async (context) => {
      const row = await toRow(path, kubeconfig, context, links);
      const file = links.get(context.source.path) ?? context.source.path;
      // In a merged kubeconfig, a context may use a cluster or user of another file. So the file and the names are not
      // enough to identify the definition: `origin` also contains `identity`, a hash of the settings of the cluster and
      // the user.
      return { row, origin: JSON.stringify([file, row.context, row.user, row.identity]) };
    });
    const rows = await Promise.all(listed);
    const problems = kubeconfig.problems.map(({ type, error }) => toProblem(path, error, type === 'file'));
    return { rows, problems };
  } catch (error) {
    // A new user may have no kubeconfig yet. So a missing default kubeconfig is not a problem, and the list is empty.
    if (path === '' && isCoded(error, 'NO_KUBECONFIG')) return { rows: [], problems: [] };
    const coded = isCoded(error)
      ? error
      : new CodedError('KUBECONFIG_UNREADABLE', { path, reason: describeError(error) }, error);
    // A file that the settings name may be optional: the settings may be shared with machines that do not have the
    // file. So a missing file is not the likely reason why a context is missing.
    const isOptional = path !== '' && coded.code === 'KUBECONFIG_NOT_FOUND';
    return { rows: [], problems: [toProblem(path, coded, !isOptional)] };
  }
}

/**
 * @param mayHide true if the problem may be the reason why a context is missing; false, for example, if only an entry
 *   of the file is invalid
 */
function toProblem(path: string, error: CodedError, mayHide: boolean): ContextsProblem {
  return {
    kubeconfig: String(error.arguments.path ?? path),
    error: toErrorInfo(error),
    ...(mayHide && { hidesContextsOf: path }),
  };
}

/**
 * Maps each path to its real path, with symbolic links resolved. A path that cannot be resolved is mapped to itself.
 */
async function linksOf(paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const targets = await Promise.all(paths.map(linkTarget));
  return new Map(paths.map((path, index) => [path, targets[index] ?? path]));
}

async function toRow(
  path: string,
  kubeconfig: Kubeconfig,
  { name, cluster, user, namespace, isCurrent, server }: ContextSummary,
  links: ReadonlyMap<string, string>,
): Promise<ContextRow> {
  const context = kubeconfig.contexts.find((candidate) => candidate.name === name);
  const identity = context && (await contextIdentity(entriesOf(kubeconfig, context)));
  const files = identity?.files.flatMap((file) => [file, links.get(file) ?? file]) ?? [];
  return {
    kubeconfig: path,
    context: name,
    cluster,
    user,
    namespace,
    // The user's current context is that of the default kubeconfig. Ignores the `current-context` of the other
    // kubeconfigs.
    isCurrent: isCurrent && path === '',
    server: withoutUserInfo(server),
    ...identity,
    files: [...new Set(files)],
  };
}

/**
 * Returns the paths that {@link contextsOf} reads, so that the caller can watch them for changes. Includes paths of
 * files that do not exist yet.
 */
export function kubeconfigPaths(environment: Environment, files: readonly string[]): readonly string[] {
  return [...new Set([...defaultKubeconfigs(environment), ...files].map((path) => resolve(path)))];
}
