import type { CredentialSource } from '../../rest/restConfig.ts';

/**
 * Credentials that a person may have to take part in getting. After a failure `get` rejects with it at once, so that
 * tries in the background open no browser again and again, until `signIn` is called for what a person asked for.
 */
export interface SignInSource extends CredentialSource {
  /** Whether `get` rejects until `signIn` is called, or a pause is over. */
  readonly needsSignIn: boolean;
  /** Whether `get` rejects until `signIn` is called, however long that takes. */
  readonly needsPerson: boolean;
  /**
   * Tries anew where the last try failed.
   * @throws CodedError `CREDENTIALS_FAILED`
   */
  signIn(signal: AbortSignal): Promise<void>;
}

/** Whether a person can be asked to sign in with this source. */
export function isSignInSource(source: CredentialSource): source is SignInSource {
  return 'signIn' in source;
}
