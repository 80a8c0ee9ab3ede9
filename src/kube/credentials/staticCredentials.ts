import { CodedError } from '../../base/errors.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';

/** Credentials that never change: a token, a name and password, or none at all. */
export function staticCredentials(user: string, credentials: Credentials): CredentialSource {
  return { user, get: () => Promise.resolve(credentials), invalidate: () => false };
}

/**
 * The `Authorization` of a bearer token (RFC 6750). Removes line breaks at the end, which files have and a header cannot
 * carry.
 */
export function bearer(token: string): Credentials {
  return { authorization: `Bearer ${token.trimEnd()}` };
}

/** The `Authorization` of a name and password (RFC 7617). */
export function basic(username: string, password: string): Credentials {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** A user with an unsupported way to sign in. `get` rejects with the reason. */
export function unsupportedCredentials(user: string, reason: string): CredentialSource {
  return {
    user,
    get: () => Promise.reject(new CodedError('CREDENTIALS_FAILED', { user, reason })),
    invalidate: () => false,
  };
}
