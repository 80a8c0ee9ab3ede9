import { defined } from '../../base/defined.ts';
import type { CredentialSource } from '../../rest/restConfig.ts';
import type { ExecConfig, KubeconfigUser } from '../kubeconfig/kubeconfigFile.ts';
import { readTlsSettings } from '../kubeconfig/tlsSettings.ts';
import { ClientCertificateCredentials } from './clientCertificate.ts';
import { combinedCredentials } from './combinedCredentials.ts';
import type { CredentialCluster, CredentialOptions } from './credentialOptions.ts';
import { formatExecInfo } from './execCredential.ts';
import { ExecCredentials } from './execCredentials.ts';
import { OidcCredentials } from './oidcCredentials.ts';
import { basic, bearer, staticCredentials, unsupportedCredentials } from './staticCredentials.ts';
import { TokenFileCredentials } from './tokenFile.ts';

/**
 * Creates the credentials of a kubeconfig's user. A client certificate is always used if there is one. Of the other
 * credentials, only the first that is set is used, in this order: token file, token, user name and password, exec
 * plugin, auth-provider. Like client-go, runs no exec plugin for a user with a client certificate. If `user` is
 * undefined, requests are anonymous.
 */
export function createCredentials(
  user: KubeconfigUser | undefined,
  cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource {
  if (user === undefined) return staticCredentials('anonymous', {});
  const authorized = authorization(user, cluster, options);
  const sources = [clientCertificate(user, cluster, options, authorized !== undefined), authorized];
  const present = sources.filter((source) => source !== undefined);
  if (present.length === 0) return staticCredentials(user.name, {});
  return combinedCredentials(user.name, present);
}

function hasCertificate({ clientCertificateData, clientCertificate }: KubeconfigUser): boolean {
  return clientCertificateData !== undefined || clientCertificate !== undefined;
}

function clientCertificate(
  user: KubeconfigUser,
  cluster: CredentialCluster,
  options: CredentialOptions,
  isDispensable: boolean,
): CredentialSource | undefined {
  if (!hasCertificate(user)) return undefined;
  return new ClientCertificateCredentials({
    user: user.name,
    server: cluster.url.origin,
    certificate: { data: user.clientCertificateData, path: user.clientCertificate },
    key: { data: user.clientKeyData, path: user.clientKey },
    isDispensable,
    ...defined({ wallClock: options.wallClock }),
  });
}

function authorization(
  user: KubeconfigUser,
  cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource | undefined {
  if (user.tokenFile !== undefined) {
    return new TokenFileCredentials({
      user: user.name,
      path: user.tokenFile,
      ...defined({
        fallbackToken: user.token,
        permission: options.tokenFilePermission,
        clock: options.clock,
      }),
    });
  }
  if (user.token !== undefined) return staticCredentials(user.name, bearer(user.token));
  if (user.username !== undefined) {
    return staticCredentials(user.name, basic(user.username, user.password ?? ''));
  }
  if (user.exec !== undefined && !hasCertificate(user)) {
    return execCredentials(user.name, user.exec, cluster, options);
  }
  if (user.authProvider !== undefined) return authProvider(user.name, user.authProvider, options);
  return undefined;
}

function execCredentials(
  user: string,
  config: ExecConfig,
  cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource {
  return new ExecCredentials({
    user,
    config,
    environment: options.environment,
    homeFolder: options.homeFolder,
    isTerminalInteractive: options.isTerminalInteractive ?? false,
    isUnattended: options.isUnattended,
    onPluginOutput: options.onPluginOutput,
    async execInfo(isInteractive) {
      const isWanted = config.provideClusterInfo;
      const tls = isWanted ? await readTlsSettings(cluster, cluster.url.origin) : {};
      return formatExecInfo(config, isInteractive, cluster, tls.certificateAuthority);
    },
    async outage(signal) {
      const { outageOf } = await import('./outage.ts');
      return await outageOf(cluster, signal, options.clock);
    },
    clock: options.clock,
    wallClock: options.wallClock,
  });
}

// The auth-providers that Kubernetes 1.26 removed, and the plugins that replace them. The error for a user with one of
// these auth-providers recommends the plugin.
const REPLACEMENTS: Readonly<Record<string, string>> = {
  gcp: 'gke-gcloud-auth-plugin',
  azure: 'kubelogin',
};

function authProvider(
  user: string,
  { name, config }: NonNullable<KubeconfigUser['authProvider']>,
  { environment, wallClock }: CredentialOptions,
): CredentialSource {
  if (name === 'oidc') return new OidcCredentials({ user, config, environment, wallClock });
  const replacement = REPLACEMENTS[name];
  const advice = replacement === undefined ? 'use an exec plugin' : `use the exec plugin ${replacement}`;
  return unsupportedCredentials(user, `the auth-provider "${name}" is not supported, ${advice} instead`);
}
