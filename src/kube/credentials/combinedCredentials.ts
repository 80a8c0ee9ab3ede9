import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';
import { isSignInSource, type SignInSource } from './signIn.ts';

/**
 * Combines several sources, for example a client certificate and a token. If two provide the same credential, the later
 * one counts. A person can sign in if that is possible with one of them.
 */
export function combinedCredentials(user: string, sources: readonly CredentialSource[]): CredentialSource {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only;
  const combined: CredentialSource = {
    user,
    async get(signal: AbortSignal): Promise<Credentials> {
      const all: Credentials[] = [];
      for (const source of sources) all.push(await source.get(signal));
      return Object.assign({}, ...all);
    },
    // Every source must learn of it.
    invalidate: (refused) => sources.map((source) => source.invalidate(refused)).includes(true),
  };
  const signIn = sources.find(isSignInSource);
  return signIn === undefined ? combined : withSignIn(combined, signIn);
}

function withSignIn(combined: CredentialSource, source: SignInSource): SignInSource {
  return {
    ...combined,
    get needsSignIn() {
      return source.needsSignIn;
    },
    get needsPerson() {
      return source.needsPerson;
    },
    signIn: (signal) => source.signIn(signal),
  };
}
