import { createHash } from 'node:crypto';
import type { CredentialSource } from '../../rest/restConfig.ts';
import type { KubeconfigUser } from '../kubeconfigFile.ts';
import { type CredentialCluster, createCredentials } from './createCredentials.ts';
import type { CredentialOptions } from './credentialOptions.ts';

/** How many sources are kept; one that has fallen out is made again when it is asked for. */
const LIMIT = 100;

/**
 * The credential sources of a program that forwards for long and for many: forwards of the same user to the same cluster
 * share one, and with it a plugin's run, what it gave, and the wait for a person after it failed. Only the same
 * environment counts as the same user where a plugin runs in it: `AWS_PROFILE` may make it someone else.
 */
export class SharedCredentials {
  readonly #sources = new Map<string, CredentialSource>();

  /** Has {@link createCredentials}' shape, for `toRestConfig`'s options. */
  readonly credentialsFor = (
    user: KubeconfigUser | undefined,
    cluster: CredentialCluster,
    options: CredentialOptions,
  ): CredentialSource => {
    const key = keyOf(user, cluster, options);
    const source = this.#sources.get(key) ?? createCredentials(user, cluster, options);
    // Taken out and put in again it is the last to fall out.
    this.#sources.delete(key);
    this.#sources.set(key, source);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > LIMIT && oldest !== undefined) this.#sources.delete(oldest);
    return source;
  };
}

/** A hash: the parts hold credentials, which would lie about in the map's keys. */
function keyOf(
  user: KubeconfigUser | undefined,
  cluster: CredentialCluster,
  { environment, homeDirectory, isTerminalInteractive }: CredentialOptions,
): string {
  const usesEnvironment = user?.exec !== undefined || user?.authProvider !== undefined;
  const sorted = usesEnvironment ? Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  const parts = [user, cluster, sorted, homeDirectory, isTerminalInteractive];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
