import { dirname, isAbsolute, join } from 'node:path';
import * as v from 'valibot';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import { execFault, userFault } from './kubeconfigFaults.ts';
import { CLUSTER, CONTEXT, ROOT, USER } from './kubeconfigShape.ts';
import { YamlDocument, type YamlPath } from './yamlDocument.ts';
import { YamlError } from './yamlError.ts';
import { isMapping } from './yamlValue.ts';

/** The kubeconfig file and the line that define a context, cluster or user, for errors about this definition. */
export interface KubeconfigSource {
  readonly path: string;
  /** The line number, counted from 1. */
  readonly line: number;
}

/** A kubeconfig's `clusters` entry. Paths are absolute. */
export interface KubeconfigCluster {
  readonly name: string;
  readonly source: KubeconfigSource;
  readonly server?: string;
  /** Base64 of PEM text. Has precedence over the path `certificateAuthority`. */
  readonly certificateAuthorityData?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  /** The extension `client.authentication.k8s.io/exec`, which exec plugins receive as the cluster's `config`. */
  readonly execConfig?: unknown;
}

/** How to run the exec plugin of a user (`client.authentication.k8s.io`). */
export interface ExecConfig {
  readonly apiVersion: string;
  /** An absolute path, or a name to look up in the folders of `PATH`. */
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
}

/** A kubeconfig's `users` entry. Paths are absolute. */
export interface KubeconfigUser {
  readonly name: string;
  readonly source: KubeconfigSource;
  /** Base64 of PEM text. Has precedence over the path `clientCertificate`. */
  readonly clientCertificateData?: string;
  readonly clientCertificate?: string;
  readonly clientKeyData?: string;
  readonly clientKey?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly asUid?: string;
  readonly asGroups?: readonly string[];
  readonly asUserExtra?: Readonly<Record<string, readonly string[]>>;
  readonly exec?: ExecConfig;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, string>> };
  /** Why nobody can sign in as this user. If set, the other fields must not be used. */
  readonly fault?: KubeconfigFault;
}

/**
 * Why this program cannot sign in as a user. This error is reported only if the user is chosen, because kubectl ignores
 * such errors of other users. In contrast, a {@link KubeconfigProblem} does not depend on the chosen user.
 */
export interface KubeconfigFault {
  /** The line number, counted from 1. */
  readonly line: number;
  readonly reason: string;
}

/**
 * The error of an invalid kubeconfig file, or of an invalid context, cluster or user in a file, such as a field of the
 * wrong type. kubectl then rejects the whole kubeconfig, even if the chosen context is valid. The option `isTolerant`
 * of `loadKubeconfig` decides whether this program does the same.
 */
export interface KubeconfigProblem {
  readonly type: 'file' | 'clusters' | 'users' | 'contexts';
  /** The path of the file. */
  readonly path: string;
  /**
   * The name of the invalid context, cluster or user. Undefined if the whole file is invalid, or if the name itself
   * cannot be read.
   */
  readonly name: string | undefined;
  readonly error: CodedError;
}

/** A kubeconfig's `contexts` entry. */
export interface KubeconfigContext {
  readonly name: string;
  readonly source: KubeconfigSource;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** The content of one kubeconfig file. */
export interface KubeconfigFile {
  readonly clusters: readonly KubeconfigCluster[];
  readonly users: readonly KubeconfigUser[];
  readonly contexts: readonly KubeconfigContext[];
  readonly currentContext?: string;
  /**
   * The errors of the file and of its invalid contexts, clusters and users. `contexts`, `clusters` and `users` contain
   * only the valid ones.
   */
  readonly problems: readonly KubeconfigProblem[];
}

/**
 * Parses the text of a kubeconfig. Ignores unknown fields, because kubeconfigs can contain settings of other programs.
 * @param path the path of the file; relative paths in the text are resolved against its folder
 * @throws CodedError `KUBECONFIG_INVALID` with the line and the field, if the file as a whole is unusable
 */
export function parseKubeconfig(text: string, path: string): KubeconfigFile {
  try {
    const document = YamlDocument.parse(text);
    const root = check(document, [], ROOT, document.value);
    checkKind(document, root);
    const reader = new EntryReader(document, path);
    const currentContext = root['current-context'];
    return {
      clusters: reader.read('clusters', root.clusters, CLUSTER, toCluster),
      users: reader.read('users', root.users, USER, toUser),
      contexts: reader.read('contexts', root.contexts, CONTEXT, toContext),
      ...defined({ currentContext }),
      problems: reader.problems,
    };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw invalidKubeconfig(path, error.line, error.message);
  }
}

/**
 * Creates the error for an invalid kubeconfig.
 * @param line the line of the fault, counted from 1
 */
export function invalidKubeconfig(path: string, line: number, reason: string): CodedError {
  return new CodedError('KUBECONFIG_INVALID', { path, line, reason });
}

function checkKind(document: YamlDocument, { apiVersion, kind }: v.InferOutput<typeof ROOT>): void {
  // Like kubectl, accepts `/v1` as well as `v1`: the empty API group before the slash is the core group.
  if (apiVersion !== undefined && !/^\/?v1$/.test(apiVersion))
    throw document.error(['apiVersion'], 'must be v1');
  if (kind !== undefined && kind !== 'Config') throw document.error(['kind'], 'must be Config');
}

/**
 * Checks the shape of a value, and returns the value with the type of the shape.
 * @throws YamlError for the first field that does not fit the shape
 */
function check<T extends v.GenericSchema>(
  document: YamlDocument,
  path: YamlPath,
  shape: T,
  value: unknown,
): v.InferOutput<T> {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const within = issue.path?.map(({ key }) => key as string | number) ?? [];
  throw document.error([...path, ...within], issue.message);
}

type ListName = Exclude<KubeconfigProblem['type'], 'file'>;

/**
 * Where a context, cluster or user is defined. `fault` creates a {@link KubeconfigFault} with the line of the given
 * field.
 */
interface EntryPlace {
  readonly source: KubeconfigSource;
  readonly fault: (field: YamlPath, reason: string) => KubeconfigFault;
}

/**
 * Reads the lists of contexts, clusters and users of a kubeconfig. An invalid context, cluster or user is left out of
 * the returned list, and its error is added to `problems`.
 */
class EntryReader {
  readonly problems: KubeconfigProblem[] = [];
  readonly #document: YamlDocument;
  readonly #path: string;

  constructor(document: YamlDocument, path: string) {
    this.#document = document;
    this.#path = path;
  }

  read<S extends v.GenericSchema<unknown, { readonly name: string }>, T>(
    list: ListName,
    values: readonly unknown[] | null | undefined,
    shape: S,
    convert: (entry: v.InferOutput<S>, place: EntryPlace) => T,
  ): T[] {
    const names = new Set<string>();
    return (values ?? []).flatMap((value, index) => {
      try {
        const entry = check(this.#document, [list, index], shape, value);
        // Like kubectl, rejects two contexts, clusters or users of the same name in one file. In different files, two
        // definitions of the same name are allowed: `mergeKubeconfigs` uses the first.
        if (names.has(entry.name)) {
          throw this.#document.error([list, index, 'name'], `"${entry.name}" is defined twice`);
        }
        names.add(entry.name);
        // Skips an empty item of the list, because it defines nothing.
        return value === null ? [] : [convert(entry, this.#placeOf([list, index]))];
      } catch (error) {
        if (!(error instanceof YamlError)) throw error;
        const name = nameOf(value);
        // The first definition has precedence even if it is invalid: a second one with the same name is not used.
        if (name !== undefined) names.add(name);
        const problem = invalidKubeconfig(this.#path, error.line, error.message);
        this.problems.push({ type: list, path: this.#path, name, error: problem });
        return [];
      }
    });
  }

  #placeOf(entry: YamlPath): EntryPlace {
    return {
      source: { path: this.#path, line: this.#document.lineOf(entry) },
      fault: (field, reason) => {
        const { line, message } = this.#document.error([...entry, ...field], reason);
        return { line, reason: message };
      },
    };
  }
}

function nameOf(value: unknown): string | undefined {
  if (!isMapping(value)) return undefined;
  const name = value.name ?? '';
  return typeof name === 'string' ? name : undefined;
}

function toContext(
  { name, context }: v.InferOutput<typeof CONTEXT>,
  { source }: EntryPlace,
): KubeconfigContext {
  const { cluster, user, namespace } = context;
  return compact<KubeconfigContext>({ name, source, cluster, user, namespace });
}

function toCluster(
  { name, cluster }: v.InferOutput<typeof CLUSTER>,
  { source }: EntryPlace,
): KubeconfigCluster {
  const execExtension = cluster.extensions?.find(
    (extension) => extension.name === 'client.authentication.k8s.io/exec',
  );
  return compact<KubeconfigCluster>({
    name,
    source,
    server: cluster.server,
    certificateAuthorityData: cluster['certificate-authority-data'],
    certificateAuthority: resolvePath(source.path, cluster['certificate-authority']),
    insecureSkipTlsVerify: cluster['insecure-skip-tls-verify'],
    tlsServerName: cluster['tls-server-name'],
    proxyUrl: cluster['proxy-url'],
    execConfig: execExtension?.extension,
  });
}

function toUser({ name, user }: v.InferOutput<typeof USER>, { source, fault }: EntryPlace): KubeconfigUser {
  const { exec } = user;
  const problem = userFault(user) ?? (exec ? execFault(exec) : undefined);
  const extra = user['as-user-extra'];
  return compact<KubeconfigUser>({
    name,
    source,
    clientCertificateData: user['client-certificate-data'],
    clientCertificate: resolvePath(source.path, user['client-certificate']),
    clientKeyData: user['client-key-data'],
    clientKey: resolvePath(source.path, user['client-key']),
    token: user.token,
    tokenFile: resolvePath(source.path, user.tokenFile),
    username: user.username,
    password: user.password,
    as: user.as,
    asUid: user['as-uid'],
    asGroups: user['as-groups'] ?? undefined,
    asUserExtra: extra
      ? Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, values ?? []]))
      : undefined,
    exec: exec && problem === undefined ? toExec(exec, source.path) : undefined,
    authProvider: user['auth-provider']
      ? { name: user['auth-provider'].name, config: user['auth-provider'].config ?? {} }
      : undefined,
    fault: problem && fault(['user', ...problem.field], problem.reason),
  });
}

function toExec(
  exec: NonNullable<v.InferOutput<typeof USER>['user']['exec']>,
  kubeconfigPath: string,
): ExecConfig {
  const { apiVersion, command, args, env, installHint, provideClusterInfo, interactiveMode } = exec;
  return compact<ExecConfig>({
    apiVersion,
    // Like client-go, does not change a bare name, which is looked up in the folders of `PATH` when the plugin starts.
    // Any other command is a path, relative to the folder of the kubeconfig.
    command: /[\\/]/.test(command) ? (resolvePath(kubeconfigPath, command) ?? command) : command,
    arguments: args ?? [],
    environment: env ?? [],
    installHint,
    provideClusterInfo: provideClusterInfo ?? false,
    interactiveMode: (interactiveMode ?? 'IfAvailable') as ExecConfig['interactiveMode'],
  });
}

function resolvePath(kubeconfigPath: string, path: string | undefined): string | undefined {
  if (path === undefined || isAbsolute(path)) return path;
  return join(dirname(kubeconfigPath), path);
}

type Optional<T> = { [K in keyof T]: T[K] | undefined };

/** Returns a copy of the object without its undefined members. */
function compact<T extends object>(members: Optional<Required<T>>): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
