import type { CredentialSource } from '../../rest/restConfig.ts';

/**
 * Credentials for which a person may have to sign in. After a failure, `get` rejects with the same error at once until
 * `signIn` is called or a pause is over. Otherwise, each request in the background would open a browser again.
 */
export interface SignInSource extends CredentialSource {
  /** True after a failure, until credentials are requested again: by `signIn`, or by `get` after the pause. */
  readonly needsSignIn: boolean;
  /**
   * True after a failure that does not end before a person signs in. `get` rejects at once until `signIn` is called.
   * There is no pause after which `get` would request credentials again.
   */
  readonly needsPerson: boolean;
  /**
   * True if a person can end the failure by signing in. This is the case if {@link needsPerson} is true. It is also the
   * case if the server is unreachable and the sign-in itself may make the server reachable, for example because the
   * plugin opens a VPN.
   */
  readonly canSignIn: boolean;
  /**
   * Gets credentials again, even while `get` rejects at once after a failure. Called only when a person asks for it,
   * for example by restarting a forward, so that a browser never opens unexpectedly.
   * @throws CodedError `CREDENTIALS_FAILED`; `UNREACHABLE`, `TIMED_OUT` or `PROXY_FAILED` if signing in fails because
   *   the server is unreachable
   */
  signIn(signal: AbortSignal): Promise<void>;
}

/** Returns true if a person can sign in with this source. */
export function isSignInSource(source: CredentialSource): source is SignInSource {
  return 'signIn' in source;
}
