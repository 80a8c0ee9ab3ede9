import type { CredentialSource } from '../../rest/restConfig.ts';

/**
 * Credentials that may need a person. After a failure, `get` rejects with the same failure at once, so that background
 * tries do not open browsers again and again, until `signIn` is called for a person.
 */
export interface SignInSource extends CredentialSource {
  /** True while `get` rejects at once: until `signIn` is called or a pause is over. */
  readonly needsSignIn: boolean;
  /** True while `get` rejects at once and only `signIn` ends that. */
  readonly needsPerson: boolean;
  /**
   * Tries again if the last try failed.
   * @throws CodedError `CREDENTIALS_FAILED`
   */
  signIn(signal: AbortSignal): Promise<void>;
}

/** Returns true if a person can sign in with this source. */
export function isSignInSource(source: CredentialSource): source is SignInSource {
  return 'signIn' in source;
}
