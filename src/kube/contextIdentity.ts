import { createHash } from 'node:crypto';
import type { Kubeconfig } from './kubeconfig.ts';
import type { KubeconfigContext } from './kubeconfigFile.ts';

/** Where a context leads, and who is asked for credentials: what a person who approves of it approves of. */
export interface ContextIdentity {
  /** The files that define the context, its cluster and its user. */
  readonly files: readonly string[];
  /** The program that its user signs in with, without arguments; missing where there is none. */
  readonly plugin?: string;
  /**
   * The same for as long as it leads to the same server, trusts the same authority, and runs the same program. SHA-256, without
   * any credential: a token that is renewed changes nothing.
   */
  readonly identity: string;
}

export function contextIdentity(kubeconfig: Kubeconfig, context: KubeconfigContext): ContextIdentity {
  const cluster = kubeconfig.clusters.find(({ name }) => name === context.cluster);
  const user = kubeconfig.users.find(({ name }) => name === context.user);
  const sources = [context.source, cluster?.source, user?.source].filter((source) => source !== undefined);
  const { name: _name, source: _source, ...way } = cluster ?? {};
  const { exec, authProvider, tokenFile, clientCertificate, clientKey } = user ?? {};
  const provider = authProvider && [authProvider.name, authProvider.config['idp-issuer-url']];
  // The paths are those of files that are read and sent to the server.
  const parts = [way, exec, provider, tokenFile, clientCertificate, clientKey].map((part) => part ?? null);
  return {
    files: [...new Set(sources.map(({ path }) => path))],
    ...(exec !== undefined && { plugin: exec.command }),
    identity: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  };
}
