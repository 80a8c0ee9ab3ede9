import { dirname, isAbsolute, join } from 'node:path';
import { CodedError } from '../base/errors.ts';
import { YamlError, YamlNode } from './yamlNode.ts';

/** Where something stands, for errors about it. */
export interface KubeconfigSource {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

/** A kubeconfig's `clusters` entry. Paths are absolute. */
export interface KubeconfigCluster {
  readonly name: string;
  readonly source: KubeconfigSource;
  readonly server?: string;
  /** Base64 of PEM text; wins over the file. */
  readonly certificateAuthorityData?: string;
  readonly certificateAuthority?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  /** The extension `client.authentication.k8s.io/exec`, which exec plugins are given as the cluster's `config`. */
  readonly execConfig?: unknown;
}

/** How a user's exec plugin is run (`client.authentication.k8s.io`). */
export interface ExecConfig {
  readonly apiVersion: string;
  /** An absolute path, or a name to look up in the path. */
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
  /** Base64 of PEM text; wins over the file. */
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
}

/** A kubeconfig's `contexts` entry. */
export interface KubeconfigContext {
  readonly name: string;
  readonly source: KubeconfigSource;
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** What one kubeconfig file says. */
export interface KubeconfigFile {
  readonly clusters: readonly KubeconfigCluster[];
  readonly users: readonly KubeconfigUser[];
  readonly contexts: readonly KubeconfigContext[];
  readonly currentContext?: string;
}

/**
 * Reads a kubeconfig's text. What is not asked for here may be anything: files carry what other programs put there.
 * @param path the file's own, to which the paths in it are relative
 * @throws CodedError `KUBECONFIG_INVALID` with the line and the field
 */
export function parseKubeconfig(text: string, path: string): KubeconfigFile {
  try {
    const root = YamlNode.parse(text);
    const currentContext = root.member('current-context').text();
    return {
      clusters: parseEntries(root.member('clusters'), path, parseCluster),
      users: parseEntries(root.member('users'), path, parseUser),
      contexts: parseEntries(root.member('contexts'), path, parseContext),
      ...(currentContext !== undefined && { currentContext }),
    };
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new CodedError('KUBECONFIG_INVALID', { path, line: error.line, reason: error.message });
  }
}

type EntryParser<T> = (entry: YamlNode, name: string, source: KubeconfigSource) => T;

function parseEntries<T extends { readonly name: string }>(
  list: YamlNode,
  path: string,
  parse: EntryParser<T>,
): T[] {
  const names = new Set<string>();
  // An entry without anything is none, for kubectl too.
  const entries = list.items().filter((entry) => !entry.isMissing);
  return entries.map((entry) => {
    const name = entry.member('name').text();
    if (name === undefined) throw entry.member('name').error('is missing');
    // Between files the first one wins; within a file it is an error, for kubectl too.
    if (names.has(name)) throw entry.member('name').error(`"${name}" is there twice`);
    names.add(name);
    return parse(entry, name, { path, line: entry.line });
  });
}

const parseContext: EntryParser<KubeconfigContext> = (entry, name, source) => {
  const context = entry.member('context');
  return compact<KubeconfigContext>({
    name,
    source,
    cluster: context.member('cluster').text(),
    user: context.member('user').text(),
    namespace: context.member('namespace').text(),
  });
};

const parseCluster: EntryParser<KubeconfigCluster> = (entry, name, source) => {
  const cluster = entry.member('cluster');
  const execExtension = cluster
    .member('extensions')
    .items()
    .find((extension) => extension.member('name').text() === 'client.authentication.k8s.io/exec');
  return compact<KubeconfigCluster>({
    name,
    source,
    server: cluster.member('server').text(),
    certificateAuthorityData: cluster.member('certificate-authority-data').text(),
    certificateAuthority: resolvePath(source.path, cluster.member('certificate-authority').text()),
    insecureSkipTlsVerify: cluster.member('insecure-skip-tls-verify').flag(),
    tlsServerName: cluster.member('tls-server-name').text(),
    proxyUrl: cluster.member('proxy-url').text(),
    execConfig: execExtension?.member('extension').raw(),
  });
};

const parseUser: EntryParser<KubeconfigUser> = (entry, name, source) => {
  const user = entry.member('user');
  const text = (field: string) => user.member(field).text();
  const extra = user.member('as-user-extra');
  const provider = user.member('auth-provider');
  return compact<KubeconfigUser>({
    name,
    source,
    clientCertificateData: text('client-certificate-data'),
    clientCertificate: resolvePath(source.path, text('client-certificate')),
    clientKeyData: text('client-key-data'),
    clientKey: resolvePath(source.path, text('client-key')),
    token: text('token'),
    tokenFile: resolvePath(source.path, text('tokenFile')),
    username: text('username'),
    password: text('password'),
    as: text('as'),
    asUid: text('as-uid'),
    asGroups: user.member('as-groups').isMissing ? undefined : user.member('as-groups').texts(),
    asUserExtra: extra.isMissing
      ? undefined
      : Object.fromEntries(extra.names().map((key) => [key, extra.member(key).texts()])),
    exec: user.member('exec').isMissing ? undefined : parseExec(user.member('exec'), source.path),
    authProvider: provider.isMissing ? undefined : parseProvider(provider),
  });
};

function parseExec(exec: YamlNode, kubeconfigPath: string): ExecConfig {
  const command = exec.member('command').text();
  if (command === undefined) throw exec.member('command').error('is missing');
  const interactiveMode = exec.member('interactiveMode').text() ?? 'IfAvailable';
  if (interactiveMode !== 'Never' && interactiveMode !== 'IfAvailable' && interactiveMode !== 'Always') {
    throw exec.member('interactiveMode').error('must be Never, IfAvailable or Always');
  }
  return compact<ExecConfig>({
    apiVersion: exec.member('apiVersion').text() ?? '',
    // A bare name is looked up in the path, everything else is relative to the kubeconfig (client-go's rule).
    command: /[\\/]/.test(command) ? (resolvePath(kubeconfigPath, command) ?? command) : command,
    arguments: exec.member('args').texts(),
    environment: exec
      .member('env')
      .items()
      .map((item) => ({ name: item.member('name').text() ?? '', value: item.member('value').text() ?? '' })),
    installHint: exec.member('installHint').text(),
    provideClusterInfo: exec.member('provideClusterInfo').flag(),
    interactiveMode,
  });
}

function parseProvider(provider: YamlNode): NonNullable<KubeconfigUser['authProvider']> {
  const config = provider.member('config');
  return {
    name: provider.member('name').text() ?? '',
    config: Object.fromEntries(config.names().map((key) => [key, config.member(key).text() ?? ''])),
  };
}

function resolvePath(kubeconfigPath: string, path: string | undefined): string | undefined {
  if (path === undefined || isAbsolute(path)) return path;
  return join(dirname(kubeconfigPath), path);
}

type Optional<T> = { [K in keyof T]: T[K] | undefined };

/** Drops the members that are undefined: absent ones are not even there. */
function compact<T extends object>(members: Optional<Required<T>>): T {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}
