import { createHash } from 'node:crypto';
import type { CredentialSource } from '../../rest/restConfig.ts';
import type { KubeconfigUser } from '../kubeconfig/kubeconfigFile.ts';
import { createCredentials } from './createCredentials.ts';
import type { CredentialCluster, CredentialOptions } from './credentialOptions.ts';

/**
 * How many credential sources {@link SharedCredentials} keeps in memory even if no forward uses them. If there are
 * more, it drops its reference to the source that was requested longest ago. A forward that uses this source still
 * keeps it in memory.
 */
const LIMIT = 100;

/**
 * The credential sources of the forward host, which serves several VS Code windows and terminal commands. Forwards of
 * the same user to the same cluster share one source, so that a plugin runs once for all of them. If the user has a
 * plugin or an auth-provider, forwards share a source only if their environments are equal too: a variable such as
 * `AWS_PROFILE` can select another account. If a kubeconfig of the workspace names a token file, only forwards with the
 * same permission share a source. As long as a source is in memory, {@link credentialsFor} returns the same
 * object for the same user and settings. `host/kubeAccess.ts` compares these objects: a different object means that the
 * kubeconfig has changed, so the host must connect to the API server with the new settings.
 */
export class SharedCredentials {
  /**
   * The {@link LIMIT} most recently requested sources. This map keeps them in memory even if no forward uses them.
   * `#inUse` also finds older sources, as long as a forward keeps them in memory.
   */
  readonly #kept = new Map<string, CredentialSource>();
  readonly #inUse = new Map<string, WeakRef<CredentialSource>>();

  /**
   * Returns the source of a user, and creates it if there is none. Has the type of {@link createCredentials}, because
   * it is passed to `toRestConfig` as an option.
   */
  readonly credentialsFor = (
    user: KubeconfigUser | undefined,
    cluster: CredentialCluster,
    options: CredentialOptions,
  ): CredentialSource => {
    const key = keyOf(user, cluster, options);
    const source = this.#inUse.get(key)?.deref() ?? createCredentials(user, cluster, options);
    this.#inUse.set(key, new WeakRef(source));
    // Moves the source to the end of the map, because the sources at its beginning are dropped first.
    this.#kept.delete(key);
    this.#kept.set(key, source);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > LIMIT && oldest !== undefined) {
      this.#kept.delete(oldest);
      this.#forgetUnused();
    }
    return source;
  };

  #forgetUnused(): void {
    for (const [key, source] of this.#inUse) {
      if (source.deref() === undefined) this.#inUse.delete(key);
    }
  }
}

/**
 * Returns the key under which a source is stored. The key is a hash, so that the map contains no readable credentials.
 * The hash does not depend on the file and line in which the kubeconfig defines the user and the cluster. A change of
 * other lines in the file can move these definitions without changing them.
 */
function keyOf(
  user: KubeconfigUser | undefined,
  cluster: CredentialCluster,
  { environment, homeFolder, isTerminalInteractive, tokenFilePermission }: CredentialOptions,
): string {
  const usesEnvironment = user?.exec !== undefined || user?.authProvider !== undefined;
  const sorted = usesEnvironment ? Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  const own = [sorted, homeFolder, isTerminalInteractive, tokenFilePermission];
  const parts = [withoutSource(user), withoutSource(cluster), ...own];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function withoutSource(entry: object | undefined): object | undefined {
  return entry && { ...entry, source: undefined };
}
