import type { CredentialSource } from '../../rest/restConfig.ts';
import type { KubeconfigCluster, KubeconfigUser } from '../kubeconfigFile.ts';
import { ClientCertificateCredentials } from './clientCertificate.ts';
import { combinedCredentials } from './combinedCredentials.ts';
import type { CredentialOptions } from './credentialOptions.ts';
import { basic, bearer, staticCredentials, unsupportedCredentials } from './staticCredentials.ts';
import { TokenFileCredentials } from './tokenFile.ts';

/** Where to sign in, for plugins and errors. */
export type CredentialCluster = Omit<KubeconfigCluster, 'name' | 'source' | 'server'> & {
  readonly server: string;
};

/**
 * The way that a kubeconfig's user signs in: any client certificate, together with the first there is of token file,
 * token, name and password, exec plugin and auth-provider. No user at all is anonymous.
 */
export function createCredentials(
  user: KubeconfigUser | undefined,
  cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource {
  if (user === undefined) return staticCredentials('anonymous', {});
  const sources = [clientCertificate(user, cluster, options), authorization(user, cluster, options)];
  const present = sources.filter((source) => source !== undefined);
  if (present.length === 0) return staticCredentials(user.name, {});
  return combinedCredentials(user.name, present);
}

function clientCertificate(
  user: KubeconfigUser,
  cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource | undefined {
  if (user.clientCertificateData === undefined && user.clientCertificate === undefined) return undefined;
  return new ClientCertificateCredentials({
    user: user.name,
    server: cluster.server,
    certificate: { data: user.clientCertificateData, path: user.clientCertificate },
    key: { data: user.clientKeyData, path: user.clientKey },
    ...(options.wallClock && { wallClock: options.wallClock }),
  });
}

function authorization(
  user: KubeconfigUser,
  _cluster: CredentialCluster,
  options: CredentialOptions,
): CredentialSource | undefined {
  if (user.tokenFile !== undefined) {
    return new TokenFileCredentials({
      user: user.name,
      path: user.tokenFile,
      ...(user.token !== undefined && { fallbackToken: user.token }),
      ...(options.clock && { clock: options.clock }),
    });
  }
  if (user.token !== undefined) return staticCredentials(user.name, bearer(user.token));
  if (user.username !== undefined) {
    return staticCredentials(user.name, basic(user.username, user.password ?? ''));
  }
  if (user.exec !== undefined) return unsupportedCredentials(user.name, 'exec plugins come next');
  if (user.authProvider !== undefined) return unsupportedAuthProvider(user.name, user.authProvider.name);
  return undefined;
}

// Kubernetes removed both in 1.26, and named these in their place.
const REPLACEMENTS: Readonly<Record<string, string>> = {
  gcp: 'gke-gcloud-auth-plugin',
  azure: 'kubelogin',
};

function unsupportedAuthProvider(user: string, provider: string): CredentialSource {
  const replacement = REPLACEMENTS[provider];
  const advice = replacement === undefined ? 'use an exec plugin' : `use the exec plugin ${replacement}`;
  return unsupportedCredentials(user, `the auth-provider "${provider}" is not supported, ${advice} instead`);
}
