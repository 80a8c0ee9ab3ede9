import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';

/** A client certificate and something else together: where both give the same thing, the later one counts. */
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
    invalidate: (refused) => sources.map((source) => source.invalidate(refused)).includes(true),
  };
}
