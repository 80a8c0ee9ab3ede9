import { createHash } from 'node:crypto';
import type { Kubeconfig } from './kubeconfig.ts';
import type { KubeconfigContext } from './kubeconfigFile.ts';

/** The destination of a context and the source of its credentials, which a person approves. */
export interface ContextIdentity {
  /** The files that define the context, its cluster and its user. */
  readonly files: readonly string[];
  /** The exec plugin of the user, without arguments. Missing if there is none. */
  readonly plugin?: string;
  /** A SHA-256 of the server, the authority and the program. It contains no credentials: a renewed token changes nothing. */
  readonly identity: string;
}

export function contextIdentity(kubeconfig: Kubeconfig, context: KubeconfigContext): ContextIdentity {
  const cluster = kubeconfig.clusters.find(({ name }) => name === context.cluster);
  const user = kubeconfig.users.find(({ name }) => name === context.user);
  const sources = [context.source, cluster?.source, user?.source].filter((source) => source !== undefined);
  const { name: _name, source: _source, ...way } = cluster ?? {};
  const { exec, authProvider, tokenFile, clientCertificate, clientKey } = user ?? {};
  const provider = authProvider && [authProvider.name, authProvider.config['idp-issuer-url']];
  // The program reads the files of these paths and sends their contents to the server.
  const parts = [way, exec, provider, tokenFile, clientCertificate, clientKey].map((part) => part ?? null);
  return {
    files: [...new Set(sources.map(({ path }) => path))],
    ...(exec !== undefined && { plugin: exec.command }),
    identity: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  };
}
