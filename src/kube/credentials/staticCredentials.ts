import { CodedError } from '../../base/errors.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';

/**
 * Credentials are renewed this many milliseconds before they expire, so that they are still valid when a request
 * reaches the server. kubectl uses the same margin for ID tokens.
 */
export const EXPIRY_MARGIN_MS = 10_000;

/** Returns a credential source for credentials that never change: a token, a name and password, or none at all. */
export function staticCredentials(user: string, credentials: Credentials): CredentialSource {
  return { user, get: () => Promise.resolve(credentials), invalidate: () => false };
}

/**
 * Returns the `Authorization` header of a bearer token (RFC 6750). Removes white space at the end, because a token from
 * a file often ends with a line break, which a header cannot contain.
 */
export function bearer(token: string): Credentials {
  return { authorization: `Bearer ${token.trimEnd()}` };
}

/** Returns the `Authorization` header of a user name and a password (RFC 7617). */
export function basic(username: string, password: string): Credentials {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/**
 * Returns a credential source for a user whose kind of credentials is not supported. `get` always rejects with the
 * reason.
 */
export function unsupportedCredentials(user: string, reason: string): CredentialSource {
  return {
    user,
    get: () => Promise.reject(new CodedError('CREDENTIALS_FAILED', { user, reason })),
    invalidate: () => false,
  };
}
