import type { CredentialSource } from '../../rest/restConfig.ts';

/**
 * Credentials for which a person may have to sign in. After a failure, `get` rejects with the same error at once until
 * `signIn` is called or a pause is over. If `get` tried again each time, each retry in the background would open a
 * browser.
 */
export interface SignInSource extends CredentialSource {
  /** True from a failure until the next try, which `signIn` starts, or `get` when the pause is over. */
  readonly needsSignIn: boolean;
  /**
   * True after a failure that only a person can end: `get` rejects at once until `signIn` is called, and there is no
   * pause after which `get` would try again.
   */
  readonly needsPerson: boolean;
  /**
   * Gets credentials again, even while `get` rejects at once after a failure. Called only for an action of a person,
   * such as a restart of a forward, so that a browser never opens unexpectedly.
   * @throws CodedError `CREDENTIALS_FAILED`
   */
  signIn(signal: AbortSignal): Promise<void>;
}

/** Returns true if a person can sign in with this source. */
export function isSignInSource(source: CredentialSource): source is SignInSource {
  return 'signIn' in source;
}
