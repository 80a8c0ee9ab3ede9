import { createHash } from 'node:crypto';
import type { CredentialSource } from '../../rest/restConfig.ts';
import type { KubeconfigUser } from '../kubeconfigFile.ts';
import { createCredentials } from './createCredentials.ts';
import type { CredentialCluster, CredentialOptions } from './credentialOptions.ts';

/** How many sources are kept that nobody uses. */
const LIMIT = 100;

/**
 * The credential sources of a program that forwards for long and for many: forwards of the same user to the same cluster
 * share one, and with it a plugin's run, what it gave, and the wait for a person after it failed. Only the same
 * environment counts as the same user where a plugin runs in it: `AWS_PROFILE` may make it someone else.
 *
 * As long as somebody uses a source, the same user has that source and no other: a connection with another one would
 * replace the first, and be replaced by it.
 */
export class SharedCredentials {
  /** The latest ones, also where nobody uses them any more. */
  readonly #kept = new Map<string, CredentialSource>();
  readonly #inUse = new Map<string, WeakRef<CredentialSource>>();

  /** Has {@link createCredentials}' shape, for `toRestConfig`'s options. */
  readonly credentialsFor = (
    user: KubeconfigUser | undefined,
    cluster: CredentialCluster,
    options: CredentialOptions,
  ): CredentialSource => {
    const key = keyOf(user, cluster, options);
    const source = this.#inUse.get(key)?.deref() ?? createCredentials(user, cluster, options);
    this.#inUse.set(key, new WeakRef(source));
    // Taken out and put in again it is the last to fall out.
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
 * A hash: the parts hold credentials, which would lie about in the map's keys. The line of a user in its file is no part: a
 * comment above it makes nobody someone else.
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
