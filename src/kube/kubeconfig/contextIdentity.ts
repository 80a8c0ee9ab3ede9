import { createHash } from 'node:crypto';
import { isAbsolute, normalize } from 'node:path';
import { defined } from '../../base/defined.ts';
import { realPath } from '../../base/realPath.ts';
import type { ChosenEntries } from './chooseEntries.ts';
import type { KubeconfigCluster } from './kubeconfigFile.ts';
import { parseProxyUrl } from './proxyFromEnvironment.ts';
import { getsCredentials, parseServerAddress } from './serverAddress.ts';

/**
 * The server of a context, and the plugin and files that provide credentials for the context. If a workspace controls
 * the kubeconfig, the forward host runs the plugin, or sends the content of the token file, only after the user has
 * allowed it with exactly this server and these files.
 */
export interface ContextIdentity {
  /** The files that define the context, its cluster and its user. */
  readonly files: readonly string[];
  /** The URL of the proxy that the kubeconfig names, without user name and password. */
  readonly proxy?: string;
  /**
   * `none` if any certificate of the server is trusted, and `kubeconfig` if the kubeconfig names the authority or the
   * name in the certificate. Missing if the authorities of the system decide.
   */
  readonly trust?: 'none' | 'kubeconfig';
  /**
   * The command of the user's exec plugin, without arguments. A path contains no `..`, which would make a path of any
   * length. Missing if the user has no plugin, or if the server is reached without TLS: such a server gets no
   * credentials.
   */
  readonly plugin?: string;
  /**
   * The file whose content is sent to the server as a token, without symbolic links. Missing like `plugin`. If there is
   * one, the plugin is not used.
   */
  readonly tokenFile?: string;
  /**
   * A SHA-256 hash of the cluster's settings, the plugin and the paths of credential files. The hash does not depend on
   * tokens and keys, so the user need not give the permission again after a token has been renewed.
   */
  readonly identity: string;
}

export async function contextIdentity({ context, cluster, user }: ChosenEntries): Promise<ContextIdentity> {
  const sources = [context?.source, cluster?.source, user?.source].filter((source) => source !== undefined);
  const { name: _name, source: _source, ...way } = cluster ?? {};
  const { exec, authProvider, clientCertificate, clientKey } = user ?? {};
  // Resolves symbolic links, because a `git pull` may replace the file by a link to any file of the user. If the links
  // lead to another file, the hash changes too.
  const tokenFile = user?.tokenFile && (await realPath(user.tokenFile));
  const provider = authProvider && [authProvider.name, authProvider.config['idp-issuer-url']];
  // Includes the paths of credential files, because this program sends credentials from these files to the server. If a
  // path changes, the hash changes too, and the user must give the permission again.
  const parts = [way, exec, provider, tokenFile, clientCertificate, clientKey].map((part) => part ?? null);
  const server = parseServerAddress(cluster?.server ?? '');
  return {
    files: [...new Set(sources.map(({ path }) => path))],
    ...defined({ proxy: shownProxy(cluster), trust: trustOf(cluster) }),
    ...((server === undefined || getsCredentials(server)) &&
      defined({ plugin: exec && shownCommand(exec.command), tokenFile })),
    identity: createHash('sha256').update(JSON.stringify(parts)).digest('hex'),
  };
}

/** Does not resolve links: the command of each context is shown, and a file system that does not respond would block all. */
function shownCommand(command: string): string {
  return isAbsolute(command) ? normalize(command) : command;
}

function shownProxy(cluster: KubeconfigCluster | undefined): string | undefined {
  const url = cluster?.proxyUrl === undefined ? undefined : parseProxyUrl(cluster.proxyUrl);
  return url && `${url.protocol}//${url.host}`;
}

function trustOf(cluster: KubeconfigCluster | undefined): ContextIdentity['trust'] {
  const { certificateAuthority, certificateAuthorityData, insecureSkipTlsVerify, tlsServerName } =
    cluster ?? {};
  if (insecureSkipTlsVerify === true) return 'none';
  const given = [certificateAuthority, certificateAuthorityData, tlsServerName];
  return given.some((value) => value !== undefined) ? 'kubeconfig' : undefined;
}
