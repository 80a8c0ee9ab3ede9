import { createHash } from 'node:crypto';
import { defined } from '../../base/defined.ts';
import type { ChosenEntries } from './chooseEntries.ts';

/**
 * The server of a context, and the plugin and files that provide credentials for the context. If a workspace controls
 * the kubeconfig, the forward host runs the plugin, or sends the content of the token file, only after the user has
 * allowed it with exactly this server and these files.
 */
export interface ContextIdentity {
  /** The files that define the context, its cluster and its user. */
  readonly files: readonly string[];
  /** The command of the user's exec plugin, without arguments. Missing if the user has no plugin. */
  readonly plugin?: string;
  /** The file whose content is sent to the server as a token. If there is one, the plugin is not used. */
  readonly tokenFile?: string;
  /**
   * A SHA-256 hash of the cluster's settings, the plugin and the paths of credential files. The hash does not depend on
   * tokens and keys, so the user need not give the permission again after a token has been renewed.
   */
  readonly identity: string;
}

export function contextIdentity({ context, cluster, user }: ChosenEntries): ContextIdentity {
  const sources = [context?.source, cluster?.source, user?.source].filter((source) => source !== undefined);
  const { name: _name, source: _source, ...way } = cluster ?? {};
  const { exec, authProvider, tokenFile, clientCertificate, clientKey } = user ?? {};
  const provider = authProvider && [authProvider.name, authProvider.config['idp-issuer-url']];
  // Includes the paths of credential files, because this program sends credentials from these files to the server. If a
  // path changes, the hash changes too, and the user must give the permission again.
  const parts = [way, exec, provider, tokenFile, clientCertificate, clientKey].map((part) => part ?? null);
  return {
    files: [...new Set(sources.map(({ path }) => path))],
    ...defined({ plugin: exec?.command, tokenFile }),
    identity: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  };
}
