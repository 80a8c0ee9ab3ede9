import { raceAbort } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { JsonError } from '../../json/jsonError.ts';
import { parseJson } from '../../json/readJson.ts';
import { number, object } from '../../json/shape.ts';
import type { CredentialSource, Credentials } from '../../rest/restConfig.ts';
import type { OidcProviderOptions, OidcTokens } from './oidcProvider.ts';
import { bearer, EXPIRY_MARGIN_MS } from './staticCredentials.ts';

export interface OidcCredentialsOptions {
  readonly user: string;
  /** The `config` of the kubeconfig's auth-provider. */
  readonly config: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the milliseconds since 1970. Optional, default `Date.now`. */
  readonly wallClock?: (() => number) | undefined;
}

/**
 * The credentials of the auth-provider `oidc`: an ID token. When the ID token expires or the server rejects it, a
 * refresh token is exchanged for a new ID token. Concurrent callers share one renewal. Renewed tokens are only kept in
 * memory, not written to the kubeconfig.
 */
export class OidcCredentials implements CredentialSource {
  readonly user: string;
  readonly #options: OidcCredentialsOptions;
  readonly #wallClock: () => number;
  #idToken: string | undefined;
  #refreshToken: string | undefined;
  #renewal: Promise<OidcTokens> | undefined;

  constructor(options: OidcCredentialsOptions) {
    this.user = options.user;
    this.#options = options;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#idToken = options.config['id-token'] || undefined;
    this.#refreshToken = options.config['refresh-token'] || undefined;
  }

  async get(signal: AbortSignal): Promise<Credentials> {
    signal.throwIfAborted();
    const idToken = this.#idToken;
    if (idToken !== undefined && expiryOf(idToken) - EXPIRY_MARGIN_MS > this.#wallClock())
      return bearer(idToken);
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = undefined;
    });
    return bearer((await raceAbort(this.#renewal, signal)).idToken);
  }

  invalidate(refused: Credentials): boolean {
    if (this.#idToken !== undefined && refused.authorization === bearer(this.#idToken).authorization) {
      this.#idToken = undefined;
    }
    return this.#idToken !== undefined || this.#refreshToken !== undefined;
  }

  /**
   * Renews the ID token. Continues even if all callers are aborted: the provider may replace the refresh token, and an
   * aborted renewal would lose the new refresh token. `oidcProvider.ts` limits the time of each request.
   */
  async #renew(): Promise<OidcTokens> {
    const refreshToken = this.#refreshToken;
    if (refreshToken === undefined) {
      throw this.#error('the id-token has expired and there is no refresh-token: sign in again');
    }
    const provider = this.#provider();
    const { refreshOidcTokens } = await import('./oidcProvider.ts');
    const tokens = await refreshOidcTokens(provider, refreshToken, new AbortController().signal);
    this.#idToken = tokens.idToken;
    this.#refreshToken = tokens.refreshToken ?? refreshToken;
    return tokens;
  }

  #provider(): OidcProviderOptions {
    const { config, environment } = this.#options;
    const issuer = config['idp-issuer-url'];
    const clientId = config['client-id'];
    if (!issuer || !clientId) throw this.#error('the auth-provider needs idp-issuer-url and client-id');
    return {
      user: this.user,
      issuer,
      clientId,
      clientSecret: config['client-secret'] ?? '',
      certificateAuthorityData: config['idp-certificate-authority-data'] || undefined,
      certificateAuthority: config['idp-certificate-authority'] || undefined,
      environment,
      wallClock: this.#wallClock,
    };
  }

  #error(reason: string): CodedError {
    return new CodedError('CREDENTIALS_FAILED', { user: this.user, reason });
  }
}

const CLAIMS = object({ exp: number() });

/**
 * Returns the expiry of a JWT (the claim `exp`, RFC 7519) in milliseconds since 1970. Returns 0 for an unreadable
 * token, so that the token is renewed.
 */
function expiryOf(idToken: string): number {
  try {
    const claims = parseJson(Buffer.from(idToken.split('.')[1] ?? '', 'base64url'), CLAIMS);
    return (claims?.exp ?? 0) * 1000;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return 0;
  }
}
