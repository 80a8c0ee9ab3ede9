import { defined } from '../../base/defined.ts';
import { type CodedError, usage } from '../../base/errors.ts';
import type { CredentialSource, Impersonation, RestConfig } from '../../rest/restConfig.ts';
import { createCredentials } from '../credentials/createCredentials.ts';
import type { CredentialCluster, CredentialOptions } from '../credentials/credentialOptions.ts';
import { chooseEntries } from './chooseEntries.ts';
import { type Kubeconfig, type KubeconfigOptions, loadKubeconfig } from './kubeconfig.ts';
import { invalidKubeconfig, type KubeconfigCluster, type KubeconfigUser } from './kubeconfigFile.ts';
import { parseProxyUrl, proxyFromEnvironment } from './proxyFromEnvironment.ts';
import type { RestConfigOverrides } from './restConfigOverrides.ts';
import { getsCredentials, parseServerAddress, serverAddressAdvice } from './serverAddress.ts';
import { readTlsSettings } from './tlsSettings.ts';
import { withoutUserInfo } from './userInfo.ts';

export interface ToRestConfigOptions extends CredentialOptions {
  /**
   * Creates the credentials of a kubeconfig's user. The forward host passes `SharedCredentials.credentialsFor`, so that
   * forwards of the same user share one credential source. Optional, default {@link createCredentials}.
   */
  readonly credentialsFor?: typeof createCredentials;
}

/** How to reach the chosen cluster, and the namespace to use. */
export interface ResolvedContext {
  readonly restConfig: RestConfig;
  /** The namespace of the flags or of the context, else {@link Kubeconfig.defaultNamespace}. */
  readonly namespace: string;
  /**
   * The name of the context. Undefined if there is no context, which is allowed if `--server` or `--cluster` is given.
   */
  readonly contextName: string | undefined;
}

/**
 * Reads the kubeconfig that kubectl would use, and returns the REST config of the chosen context.
 * @throws CodedError the errors of {@link loadKubeconfig} and {@link toRestConfig}
 */
export async function resolveContext(
  overrides: RestConfigOverrides,
  options: KubeconfigOptions & ToRestConfigOptions,
): Promise<ResolvedContext & { readonly kubeconfig: Kubeconfig }> {
  const kubeconfig = await loadKubeconfig(options, overrides);
  return { ...(await toRestConfig(kubeconfig, overrides, options)), kubeconfig };
}

/**
 * Chooses the context, cluster and user, and returns their REST config. Reads the file of the certificate authority.
 * Runs no plugin: the first request does that.
 * @throws CodedError `CONTEXT_NOT_FOUND`, `NO_CONTEXTS`, `NO_CURRENT_CONTEXT`, `CLUSTER_NOT_FOUND`, `USER_NOT_FOUND`,
 *   `KUBECONFIG_INVALID`, `KUBECONFIG_UNREADABLE`, `PROXY_FAILED`, `USAGE`, `TLS`
 */
export async function toRestConfig(
  kubeconfig: Kubeconfig,
  overrides: RestConfigOverrides,
  options: ToRestConfigOptions,
): Promise<ResolvedContext> {
  const { context, cluster: entry, user } = chooseEntries(kubeconfig, overrides);
  const cluster = withOverrides(entry, overrides);
  checkTrust(cluster, overrides);
  const address = serverAddress(cluster, overrides);
  const server = serverUrl(cluster, address, overrides);
  const proxy = proxyFor(cluster, server, options.environment);
  const impersonate = impersonation(user, overrides);
  return {
    restConfig: {
      server,
      tls: await readTlsSettings(cluster, server.origin),
      credentials: credentials(
        user,
        { ...cluster, server: address, url: server, ...defined({ proxy }) },
        overrides,
        options,
      ),
      ...defined({ proxy, impersonate }),
      ...(overrides.requestTimeoutMs && { requestTimeoutMs: overrides.requestTimeoutMs }),
    },
    namespace: overrides.namespace ?? context?.namespace ?? kubeconfig.defaultNamespace,
    contextName: context?.name,
  };
}

/**
 * Returns the cluster with the values of the TLS flags. Like kubectl, ignores the kubeconfig's certificate authority if
 * a flag names another certificate authority, or if a flag turns off the verification of certificates. Also ignores the
 * kubeconfig's `tls-server-name` if a flag names another server, because the certificate of that server has another
 * name.
 */
function withOverrides(
  cluster: KubeconfigCluster | undefined,
  { server, certificateAuthority, insecureSkipTlsVerify, tlsServerName }: RestConfigOverrides,
): Partial<KubeconfigCluster> {
  const isTrustGiven = certificateAuthority !== undefined || insecureSkipTlsVerify === true;
  const {
    certificateAuthorityData,
    certificateAuthority: own,
    insecureSkipTlsVerify: isInsecure,
    tlsServerName: ownServerName,
    ...rest
  } = cluster ?? {};
  return {
    ...rest,
    ...(!isTrustGiven && {
      ...defined({ certificateAuthorityData, certificateAuthority: own, insecureSkipTlsVerify: isInsecure }),
    }),
    ...(server === undefined && defined({ tlsServerName: ownServerName })),
    ...defined({ certificateAuthority, insecureSkipTlsVerify, tlsServerName }),
  };
}

/**
 * Throws for TLS settings that contradict each other. client-go does the same in `validateClusterInfo` (package
 * `clientcmd`) and `TLSConfigFor` (package `transport`).
 * @throws CodedError `KUBECONFIG_INVALID`, `USAGE`
 */
function checkTrust(cluster: Partial<KubeconfigCluster>, overrides: RestConfigOverrides): void {
  const { certificateAuthority, certificateAuthorityData, insecureSkipTlsVerify, name } = cluster;
  if (certificateAuthority !== undefined && certificateAuthorityData !== undefined) {
    throw invalid(
      cluster,
      `cluster "${name}" has both certificate-authority and certificate-authority-data: remove one`,
    );
  }
  const hasAuthority = certificateAuthority !== undefined || certificateAuthorityData !== undefined;
  if (!hasAuthority || insecureSkipTlsVerify !== true) return;
  if (overrides.certificateAuthority !== undefined) {
    throw usage('--certificate-authority and --insecure-skip-tls-verify cannot be used together: remove one');
  }
  throw invalid(
    cluster,
    `cluster "${name}" has both a certificate authority and insecure-skip-tls-verify: remove one`,
  );
}

function serverAddress(cluster: Partial<KubeconfigCluster>, overrides: RestConfigOverrides): string {
  const text = overrides.server ?? cluster.server;
  if (text === undefined) throw invalid(cluster, `cluster "${cluster.name}" has no server`);
  return text;
}

function serverUrl(cluster: Partial<KubeconfigCluster>, text: string, overrides: RestConfigOverrides): URL {
  const url = parseServerAddress(text);
  if (url !== undefined) return url;
  const reason = `"${withoutUserInfo(text)}" is not a server address: ${serverAddressAdvice(text)}`;
  if (overrides.server !== undefined) throw usage(reason);
  throw invalid(cluster, reason);
}

function proxyFor(
  cluster: Partial<KubeconfigCluster>,
  server: URL,
  environment: CredentialOptions['environment'],
): URL | undefined {
  if (cluster.proxyUrl === undefined) return proxyFromEnvironment(server, environment);
  const proxy = parseProxyUrl(cluster.proxyUrl);
  if (proxy !== undefined && /^(https?|socks5):$/.test(proxy.protocol)) return proxy;
  // The error does not quote the URL, which may contain a password.
  throw invalid(cluster, `the proxy-url of cluster "${cluster.name}" must use http, https or socks5`);
}

function impersonation(
  user: KubeconfigUser | undefined,
  overrides: RestConfigOverrides,
): Impersonation | undefined {
  const as = overrides.as ?? user?.as;
  const uid = overrides.asUid ?? user?.asUid;
  const groups = overrides.asGroups ?? user?.asGroups;
  const extra = user?.asUserExtra;
  if (as === undefined) {
    if (uid === undefined && !groups?.length && Object.keys(extra ?? {}).length === 0) return undefined;
    throw usage('to impersonate a group or UID, also use --as USER');
  }
  return { user: as, ...(uid && { uid }), ...(groups && { groups }), ...(extra && { extra }) };
}

function credentials(
  user: KubeconfigUser | undefined,
  cluster: Partial<KubeconfigCluster> & CredentialCluster,
  overrides: RestConfigOverrides,
  options: ToRestConfigOptions,
): CredentialSource {
  const { credentialsFor = createCredentials } = options;
  if (!getsCredentials(cluster.url)) {
    return credentialsFor(user && { name: user.name, source: user.source }, cluster, options);
  }
  return credentialsFor(givenUser(user, overrides) ?? user, cluster, options);
}

/**
 * Returns the user with the credentials that the flags set. `--token` or `--username` replaces all credentials of the
 * kubeconfig's user. `--password`, `--client-certificate` or `--client-key` replaces only this one credential. Returns
 * undefined if no flag sets credentials.
 */
function givenUser(
  user: KubeconfigUser | undefined,
  { token, username, password, clientCertificate, clientKey }: RestConfigOverrides,
): KubeconfigUser | undefined {
  const given = [token, username, password, clientCertificate, clientKey];
  if (given.every((value) => value === undefined)) return undefined;
  const isNamed = username !== undefined || password !== undefined;
  if (isNamed && [token, user?.token, user?.tokenFile].some((other) => other !== undefined)) {
    throw usage('--username and --password cannot be used together with a token: choose another --user');
  }
  const own = { name: user?.name ?? 'flags', source: user?.source ?? { path: '', line: 1 } };
  const base: KubeconfigUser =
    token !== undefined
      ? { ...own, token }
      : username !== undefined
        ? { ...own, username, password: password ?? '' }
        : { ...(user ?? own), ...defined({ password }) };
  const { clientCertificateData, clientKeyData, ...rest } = base;
  return {
    ...rest,
    ...(clientCertificate === undefined
      ? clientCertificateData !== undefined && { clientCertificateData }
      : { clientCertificate }),
    ...(clientKey === undefined ? clientKeyData !== undefined && { clientKeyData } : { clientKey }),
  };
}

function invalid(entry: Pick<Partial<KubeconfigCluster>, 'source'>, reason: string): CodedError {
  const { path = '', line = 1 } = entry.source ?? {};
  return invalidKubeconfig(path, line, reason);
}
