import { isUtf8 } from 'node:buffer';
import { delimiter, join, resolve } from 'node:path';
import { fileErrorReason, readBoundedFile } from '../../base/boundedFile.ts';
import { decodeText } from '../../base/decodeText.ts';
import { defined } from '../../base/defined.ts';
import { CodedError, isCoded, systemErrorCode } from '../../base/errors.ts';
import { listedKubeconfigs } from '../../base/kubectlHome.ts';
import { defaultNamespace, IN_CLUSTER, inClusterKubeconfig } from './inCluster.ts';
import {
  invalidKubeconfig,
  type KubeconfigCluster,
  type KubeconfigContext,
  type KubeconfigFile,
  type KubeconfigProblem,
  type KubeconfigSource,
  type KubeconfigUser,
  parseKubeconfig,
} from './kubeconfigFile.ts';
import type { RestConfigOverrides } from './restConfigOverrides.ts';

const NOTHING: KubeconfigFile = { clusters: [], users: [], contexts: [], problems: [] };

/** The merged content of all kubeconfig files. The content includes credentials, so it must not leave the process. */
export interface Kubeconfig extends KubeconfigFile {
  /** The absolute paths of the files. */
  readonly paths: readonly string[];
  /**
   * The namespace for contexts that specify none: the namespace of the pod in which this program runs, or `default`.
   */
  readonly defaultNamespace: string;
}

export interface KubeconfigOptions {
  /**
   * The value of `--kubeconfig`: the only file to read. Optional, default the files that {@link loadKubeconfig} finds.
   */
  readonly kubeconfigPath?: string;
  /**
   * The environment variables of the calling program. Only `KUBECONFIG`, `KUBERNETES_SERVICE_HOST`,
   * `KUBERNETES_SERVICE_PORT` and `POD_NAMESPACE` are used.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /**
   * True to collect the errors of unusable files, contexts, clusters and users in `problems`, and to return everything
   * that is usable. If false, the first of these errors is thrown, as in kubectl. Optional, default false.
   */
  readonly isTolerant?: boolean;
  /** The folder of a pod's service account. Optional; set only by tests. */
  readonly serviceAccountFolder?: string;
}

/** The flags that choose another server or user than those of the current context. */
type EntryOverrides = Pick<RestConfigOverrides, 'server' | 'cluster' | 'user'>;

/**
 * Reads the kubeconfig that kubectl would use: the file of `--kubeconfig`, else the files of `KUBECONFIG`, else
 * `~/.kube/config`. In a pod, if these files set no current context, the service account is the current context, except
 * if `--kubeconfig` is given. Files of `KUBECONFIG` that do not exist are skipped if at least one exists. If several
 * files define the same context, cluster or user, or a current context, the first definition is used.
 *
 * If `--server`, `--cluster` or `--user` is given, the service account is not used, because its token must only be sent
 * to the API server of the pod's cluster. With `--server`, a kubeconfig is not necessary. Even then, a missing file is
 * an error if the user has named it (`--kubeconfig`, `KUBECONFIG`).
 * @throws CodedError `KUBECONFIG_NOT_FOUND`, `KUBECONFIG_UNREADABLE`, `KUBECONFIG_INVALID`, `NO_KUBECONFIG`
 */
export async function loadKubeconfig(
  options: KubeconfigOptions,
  overrides: EntryOverrides = {},
): Promise<Kubeconfig> {
  const kubeconfig = await loadFiles(options, overrides);
  const [first] = kubeconfig.problems;
  if (first !== undefined && options.isTolerant !== true) throw first.error;
  const { environment, serviceAccountFolder } = options;
  return { ...kubeconfig, defaultNamespace: await defaultNamespace(environment, serviceAccountFolder) };
}

type LoadedFiles = Omit<Kubeconfig, 'defaultNamespace'>;

async function loadFiles(
  { kubeconfigPath, environment, homeFolder, serviceAccountFolder }: KubeconfigOptions,
  { server, cluster, user }: EntryOverrides,
): Promise<LoadedFiles> {
  const isNamed = [kubeconfigPath, server, cluster, user].some((flag) => flag !== undefined);
  const listed = kubeconfigPath === undefined ? listedKubeconfigs(environment) : [kubeconfigPath];
  const path = join(homeFolder, '.kube', 'config');
  const files = await readFiles(listed.length > 0 ? listed : [path]);
  if (!isNamed && !hasCurrent(files)) {
    const inCluster = await inClusterKubeconfig(environment, serviceAccountFolder);
    if (inCluster !== undefined) return { ...mergeKubeconfigs([files, inCluster]), paths: files.paths };
  }
  if (files.paths.length > 0 || (listed.length === 0 && server !== undefined)) return files;
  if (listed.length === 0) throw new CodedError('NO_KUBECONFIG', { path });
  throw new CodedError('KUBECONFIG_NOT_FOUND', { path: absolute(listed).join(delimiter) });
}

/**
 * Returns true if the service account of the pod must not become the current context. There are three possible reasons.
 * The files set a current context. The files contain errors, so they may set one. Or the files already use the name
 * {@link IN_CLUSTER}: the token of the service account could then be sent to the server that the files define under
 * this name.
 */
function hasCurrent({ currentContext, contexts, clusters, users, problems }: LoadedFiles): boolean {
  if (currentContext !== undefined || problems.length > 0) return true;
  // A context with an empty name is the current context if the files set none.
  if (contexts.some(({ name }) => name === '')) return true;
  const names = [...contexts, ...clusters, ...users].map(({ name }) => name);
  return [...names, ...contexts.flatMap(({ cluster, user }) => [cluster, user])].includes(IN_CLUSTER);
}

/** What a list of contexts shows about one context. Contains no credentials. */
export interface ContextSummary {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  /** The namespace of the context, or {@link Kubeconfig.defaultNamespace} if the context has none. */
  readonly namespace: string;
  readonly isCurrent: boolean;
  /** The address of the API server. Empty if the kubeconfig has no cluster of this name. */
  readonly server: string;
  readonly source: KubeconfigSource;
}

/** Lists all contexts in the order of the files. */
export function summarizeContexts(kubeconfig: Kubeconfig): ContextSummary[] {
  return kubeconfig.contexts.map(({ name, cluster = '', user = '', namespace, source }) => ({
    name,
    cluster,
    user,
    namespace: namespace ?? kubeconfig.defaultNamespace,
    // A context with an empty name is the current context if the kubeconfig names no current context.
    isCurrent: name === (kubeconfig.currentContext ?? ''),
    server: kubeconfig.clusters.find((candidate) => candidate.name === cluster)?.server ?? '',
    source,
  }));
}

/**
 * Merges files by kubectl's rule. If several files define a context, cluster or user of the same name, uses the whole
 * definition in the first of these files, and nothing of the other definitions.
 */
export function mergeKubeconfigs(files: readonly KubeconfigFile[]): KubeconfigFile {
  // Ignores the files after an invalid one, because the invalid file may name another current context.
  const currentContext = files.find(
    (file) => file.currentContext !== undefined || isInvalid(file),
  )?.currentContext;
  return {
    clusters: firstOfEachName<KubeconfigCluster>(files.flatMap((file) => file.clusters)),
    users: firstOfEachName<KubeconfigUser>(files.flatMap((file) => file.users)),
    contexts: firstOfEachName<KubeconfigContext>(files.flatMap((file) => file.contexts)),
    ...defined({ currentContext }),
    problems: files.flatMap((file) => file.problems),
  };
}

function isInvalid({ problems }: KubeconfigFile): boolean {
  return problems.some(({ type }) => type === 'file');
}

/** Reads and merges the files. Leaves out files that do not exist. */
async function readFiles(names: readonly string[]): Promise<LoadedFiles> {
  const paths = absolute(names);
  const files = await Promise.all(paths.map(readKubeconfigFile));
  const found = paths.filter((_path, index) => files[index] !== undefined);
  return { ...mergeKubeconfigs(files.filter((file) => file !== undefined)), paths: found };
}

function absolute(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.map((path) => resolve(path)))];
}

/**
 * Reads one kubeconfig file. Returns undefined if the file does not exist. If the file cannot be read or parsed,
 * returns no contexts, clusters and users, and the error in `problems`.
 */
async function readKubeconfigFile(path: string): Promise<KubeconfigFile | undefined> {
  try {
    return parseKubeconfig(decodeKubeconfig(await readBoundedFile(path), path), path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const coded = isCoded(error, 'KUBECONFIG_INVALID')
      ? error
      : new CodedError('KUBECONFIG_UNREADABLE', { path, reason: fileErrorReason(error) }, error);
    const problem: KubeconfigProblem = { type: 'file', path, name: undefined, error: coded };
    return { ...NOTHING, problems: [problem] };
  }
}

/**
 * Decodes UTF-8, or UTF-16 with a byte order mark.
 * @throws CodedError `KUBECONFIG_INVALID`
 */
function decodeKubeconfig(bytes: Uint8Array, path: string): string {
  const text = decodeText(bytes);
  const isUtf16 = bytes[0] === 0xff || bytes[0] === 0xfe;
  if (isUtf16 || isUtf8(bytes)) return text;
  throw invalidKubeconfig(
    path,
    firstInvalidLine(bytes),
    'it is neither UTF-8 nor UTF-16 with a byte order mark',
  );
}

/**
 * Returns the number of the first line that is not UTF-8, counted from 1. Checks the bytes and not the decoded text,
 * because the text may itself contain U+FFFD, the character that replaces invalid bytes.
 */
function firstInvalidLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}

function firstOfEachName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  const byName = new Map<string, T>();
  for (const entry of entries) {
    if (!byName.has(entry.name)) byName.set(entry.name, entry);
  }
  return [...byName.values()];
}
