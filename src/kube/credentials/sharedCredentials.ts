import { createHash } from 'node:crypto';
import type { CredentialSource } from '../../rest/restConfig.ts';
import type { KubeconfigUser } from '../kubeconfig/kubeconfigFile.ts';
import { createCredentials } from './createCredentials.ts';
import type { CredentialCluster, CredentialOptions } from './credentialOptions.ts';

/** How many unused sources to keep. */
const LIMIT = 100;

/**
 * The credential sources of a long-lived program with several clients. Forwards of the same user to the same cluster
 * share one source, and with it the run of a plugin, its answer, and the wait for a person after a failure. A plugin's
 * user is the same only in the same environment: `AWS_PROFILE` may mean another user. While a source is in use, the same
 * user always gets that source: a connection with another source would replace the first one, and be replaced by it.
 */
export class SharedCredentials {
  /** The latest sources, in use or not. */
  readonly #kept = new Map<string, CredentialSource>();
  readonly #inUse = new Map<string, WeakRef<CredentialSource>>();

  /** Has the type of {@link createCredentials}, for the options of `toRestConfig`. */
  readonly credentialsFor = (
    user: KubeconfigUser | undefined,
    cluster: CredentialCluster,
    options: CredentialOptions,
  ): CredentialSource => {
    const key = keyOf(user, cluster, options);
    const source = this.#inUse.get(key)?.deref() ?? createCredentials(user, cluster, options);
    this.#inUse.set(key, new WeakRef(source));
    // Reinserted, the source is the last one to be dropped.
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
 * A hash, because its parts contain credentials, which must not be keys of a map. The line of a user in its file is no
 * part: a new comment above it does not change the user.
 */
function keyOf(
  user: KubeconfigUser | undefined,
  cluster: CredentialCluster,
  { environment, homeDirectory, isTerminalInteractive }: CredentialOptions,
): string {
  const usesEnvironment = user?.exec !== undefined || user?.authProvider !== undefined;
  const sorted = usesEnvironment ? Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  const parts = [withoutSource(user), withoutSource(cluster), sorted, homeDirectory, isTerminalInteractive];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

function withoutSource(entry: object | undefined): object | undefined {
  return entry && { ...entry, source: undefined };
}
