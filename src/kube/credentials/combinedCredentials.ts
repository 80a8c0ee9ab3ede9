import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';

/**
 * Combines several credential sources into one, such as a client certificate and a token. If several sources provide an
 * `Authorization` header, requests use the header of the last of these sources. The same applies to client
 * certificates.
 */
export function combinedCredentials(user: string, sources: readonly CredentialSource[]): CredentialSource {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  return {
    user,
    async get(signal: AbortSignal): Promise<Credentials> {
      const all: Credentials[] = [];
      for (const source of sources) all.push(await source.get(signal));
      return Object.assign({}, ...all);
    },
    // Calls `invalidate` of every source, even if an earlier source has returned true, because every source must drop
    // the credentials that the server has rejected.
    invalidate: (refused) => sources.map((source) => source.invalidate(refused)).includes(true),
  };
}
