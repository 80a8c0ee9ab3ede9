import { defined } from '../base/defined.ts';
import { CodedError, describeError } from '../base/errors.ts';
import { invalidKubeconfig } from '../kube/kubeconfig/kubeconfigFile.ts';
import { parseProxyUrl, proxyFromEnvironment } from '../kube/kubeconfig/proxyFromEnvironment.ts';
import { parseServerAddress, serverAddressAdvice } from '../kube/kubeconfig/serverAddress.ts';
import { readTlsSettings } from '../kube/kubeconfig/tlsSettings.ts';
import type { CredentialSource, Credentials, RestConfig, TlsSettings } from '../rest/restConfig.ts';

/**
 * The part of client-node's `KubeConfig` (`@kubernetes/client-node` 2) that a forward uses. Any object of
 * this shape is accepted. The library neither imports client-node nor tests with `instanceof`, so that it
 * works with every copy of client-node in a program.
 */
export interface ClientNodeKubeConfig {
  /** Returns the name of the current context. */
  getCurrentContext(): string;
  /** Returns the context with this name, or null if there is none. */
  getContextObject(name: string): { readonly namespace?: string | undefined } | null;
  /** Returns the cluster of the current context, or null if there is none. */
  getCurrentCluster(): ClientNodeCluster | null;
  /** Returns the user of the current context, or null if there is none. */
  getCurrentUser(): ClientNodeUser | null;
  /** Adds the user's credentials to the options of a request. */
  // biome-ignore lint/suspicious/noExplicitAny: client-node's parameter has types of other packages, which this library does not need.
  applyToHTTPSOptions(options: any): Promise<void>;
}

/** A cluster of client-node's `KubeConfig`. */
export interface ClientNodeCluster {
  readonly name: string;
  readonly server: string;
  /** Base64 of PEM text. */
  readonly caData?: string | undefined;
  readonly caFile?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly skipTLSVerify?: boolean | undefined;
  readonly proxyUrl?: string | undefined;
}

/** A user of client-node's `KubeConfig`. */
export interface ClientNodeUser {
  readonly name: string;
  readonly impersonateUser?: string | undefined;
}

/**
 * The options of a request. {@link ClientNodeKubeConfig.applyToHTTPSOptions} sets them, and a forward then reads the
 * credentials from them.
 */
interface AppliedOptions {
  readonly headers: Record<string, string | undefined>;
  auth?: string;
  cert?: string | Buffer;
  key?: string | Buffer;
}

/** How to connect to the API server of a cluster, and the namespace to use if the program names none. */
export interface ClusterLocation {
  readonly restConfig: RestConfig;
  readonly namespace: string;
}

/**
 * Reads the current context of a client-node `KubeConfig`. Returns how to connect to its cluster as its user. Before
 * each request to the API server, a forward gets credentials from client-node's authenticators. If the API server
 * answers 401, the forward gets credentials from them once more.
 * @throws CodedError `NO_CURRENT_CONTEXT`, `KUBECONFIG_INVALID`, `TLS`, `PROXY_FAILED`
 */
export async function locateCluster(kubeConfig: ClientNodeKubeConfig): Promise<ClusterLocation> {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new CodedError('NO_CURRENT_CONTEXT', { known: '(none)' });
  const server = serverUrl(cluster);
  const user = kubeConfig.getCurrentUser();
  const proxy = proxyFor(cluster, server);
  return {
    restConfig: {
      server,
      tls: await tlsOf(cluster, server),
      credentials: new ClientNodeCredentials(kubeConfig, user?.name ?? 'anonymous', server),
      ...defined({ proxy }),
      ...(user?.impersonateUser !== undefined && { impersonate: { user: user.impersonateUser } }),
    },
    namespace: kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? 'default',
  };
}

function serverUrl({ name, server }: ClientNodeCluster): URL {
  const url = parseServerAddress(server);
  if (url !== undefined) return url;
  // The error does not quote the address, which may contain a password.
  throw invalid(`the server of cluster "${name}" is not an address: ${serverAddressAdvice(server)}`);
}

/**
 * Returns the proxy that the cluster's `proxyUrl` names. Without a `proxyUrl`, returns the proxy that the environment
 * variables name. Throws if the `proxyUrl` is invalid, because requests must not bypass a proxy that the user has
 * configured.
 */
function proxyFor({ name, proxyUrl }: ClientNodeCluster, server: URL): URL | undefined {
  // Like client-go and client-node, treats an empty `proxyUrl` as missing. The environment then determines
  // the proxy.
  if (proxyUrl === undefined || proxyUrl === '') return proxyFromEnvironment(server, process.env);
  const proxy = parseProxyUrl(proxyUrl);
  if (proxy !== undefined && /^(https?|socks5h?):$/.test(proxy.protocol)) return proxy;
  // The error does not quote the URL, which may contain a password.
  throw invalid(`the proxyUrl of cluster "${name}" must use http, https or socks5`);
}

function invalid(reason: string): CodedError {
  return invalidKubeconfig('(KubeConfig)', 1, reason);
}

function tlsOf(cluster: ClientNodeCluster, server: URL): Promise<TlsSettings> {
  const { caData, caFile, tlsServerName, skipTLSVerify } = cluster;
  return readTlsSettings(
    {
      ...defined({ certificateAuthorityData: caData, certificateAuthority: caFile, tlsServerName }),
      ...(skipTLSVerify === true && { insecureSkipTlsVerify: true }),
    },
    server.origin,
  );
}

/**
 * Gets credentials from client-node's authenticators. Does not cache the credentials, because the authenticators do
 * that.
 */
class ClientNodeCredentials implements CredentialSource {
  readonly user: string;
  readonly #kubeConfig: ClientNodeKubeConfig;
  readonly #isPlainText: boolean;

  constructor(kubeConfig: ClientNodeKubeConfig, user: string, server: URL) {
    this.user = user;
    this.#kubeConfig = kubeConfig;
    this.#isPlainText = server.protocol === 'http:';
  }

  async get(signal: AbortSignal): Promise<Credentials> {
    // Like client-go, sends no credentials over plain HTTP, where anyone on the network path could read them.
    if (this.#isPlainText) return {};
    const options: AppliedOptions = { headers: {} };
    try {
      await this.#kubeConfig.applyToHTTPSOptions(options);
    } catch (error) {
      throw new CodedError('CREDENTIALS_FAILED', { user: this.user, reason: describeError(error) }, error);
    }
    signal.throwIfAborted();
    return toCredentials(options);
  }

  /**
   * Called after a 401. Returns true, so that the caller calls {@link get} again. Only client-node knows whether there
   * are new credentials, and `get` requests them from client-node.
   */
  invalidate(): boolean {
    return true;
  }
}

function toCredentials({ headers, auth, cert, key }: AppliedOptions): Credentials {
  const authorization =
    headers['Authorization'] ??
    (auth === undefined ? undefined : `Basic ${Buffer.from(auth).toString('base64')}`);
  return {
    ...defined({ authorization }),
    ...(cert !== undefined &&
      key !== undefined && { clientCertificate: { certificate: String(cert), key: String(key) } }),
  };
}
