import {
  // biome-ignore lint/suspicious/noDeprecatedImports: deprecated only as a warning; used for providers on this machine.
  allowInsecureRequests,
  type ClientAuth,
  type ClientMetadata,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  clockSkew,
  clockTolerance,
  customFetch,
  discovery,
  None,
  refreshTokenGrant,
  type ServerMetadata,
} from 'openid-client';
import { hostOf, isLoopback } from '../../base/address.ts';
import { defined } from '../../base/defined.ts';
import { CodedError, describeError, isCoded, systemErrorCode } from '../../base/errors.ts';
import { anyScalar, array, object, text } from '../../json/shape.ts';
import { noteSecrets } from '../../rest/redaction.ts';
import { requestJson } from '../../rest/request.ts';
import type { Credentials, RestConfig } from '../../rest/restConfig.ts';
import { isStatus } from '../../rest/statusError.ts';
import { proxyFromEnvironment } from '../kubeconfig/proxyFromEnvironment.ts';
import { readTlsSettings } from '../kubeconfig/tlsSettings.ts';
import { basic, staticCredentials } from './staticCredentials.ts';

const TIMEOUT_MS = 30_000;
/**
 * The longest token to accept, in bytes. A longer token counts as missing, because no server accepts a header of this
 * size.
 */
const TOKEN_LIMIT = 64 * 1024;
/**
 * How much the clocks of this machine and of the provider may differ when openid-client checks the times in a token.
 * kubectl does not check these times. Therefore the value is large, so that most tokens that kubectl accepts work here.
 */
const CLOCK_TOLERANCE_SECONDS = 300;
/** The code of the error that openid-client throws if a discovery document does not name the requested issuer. */
const OTHER_ISSUER = 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED';

/** The fields to read from a discovery document and from the answer of a token endpoint. */
const ANSWER = object({
  issuer: text(),
  token_endpoint: text(),
  id_token_signing_alg_values_supported: array(text()),
  access_token: text(TOKEN_LIMIT),
  token_type: text(),
  expires_in: anyScalar(),
  id_token: text(TOKEN_LIMIT),
  refresh_token: text(TOKEN_LIMIT),
});

export interface OidcProviderOptions {
  readonly user: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The certificate authority as base64 of PEM text. Has precedence over the path `certificateAuthority`. */
  readonly certificateAuthorityData?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  /** The environment variables of the calling program, which may name a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns the milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** The tokens that an identity provider returned. */
export interface OidcTokens {
  readonly idToken: string;
  /** The next refresh token. Missing if the current refresh token stays valid. */
  readonly refreshToken?: string;
}

/**
 * Exchanges a refresh token for an ID token (OpenID Connect Core section 12) at the token endpoint that the provider's
 * discovery document names. openid-client checks the claims of the ID token. `src/rest` sends the requests, so that
 * proxies apply to these requests too.
 * @throws CodedError `CREDENTIALS_FAILED`, `UNREACHABLE`, `TLS`
 */
export async function refreshOidcTokens(
  provider: OidcProviderOptions,
  refreshToken: string,
  signal: AbortSignal,
): Promise<OidcTokens> {
  const issuer = httpsUrl(provider.issuer);
  if (issuer === undefined) throw failure(provider, 'idp-issuer-url is not an https URL');
  const client: OidcClient = {
    provider,
    issuer,
    fetch: fetchOver(provider, refreshToken, signal),
    metadata: {
      [clockSkew]: Math.round((provider.wallClock() - Date.now()) / 1000),
      [clockTolerance]: CLOCK_TOLERANCE_SECONDS,
    },
  };
  const server = await discover(client);
  const { id_token: idToken, refresh_token: renewed } = await refresh(client, server, refreshToken);
  if (idToken === undefined)
    throw failure(provider, `the identity provider ${issuer.origin} returned no ID token`);
  return { idToken, ...defined({ refreshToken: renewed }) };
}

interface OidcClient {
  readonly provider: OidcProviderOptions;
  readonly issuer: URL;
  readonly fetch: CustomFetch;
  readonly metadata: Partial<ClientMetadata>;
}

/**
 * Requests the discovery document, which names the endpoints of the provider. If the document names another issuer,
 * adds a slash to the end of the URL or removes it, and requests again. The URL in a kubeconfig often differs from the
 * issuer only in this slash.
 */
async function discover({ provider, issuer, fetch, metadata }: OidcClient): Promise<ServerMetadata> {
  const options = { [customFetch]: fetch, execute: insecureIfLocal(issuer) };
  const ask = async (url: URL) => {
    const configuration = await discovery(url, provider.clientId, metadata, None(), options);
    return configuration.serverMetadata();
  };
  try {
    return await ask(issuer).catch((error: unknown) => {
      if (systemErrorCode(error) !== OTHER_ISSUER) throw error;
      return ask(withOtherEnd(issuer));
    });
  } catch (error) {
    const own = ownError(error);
    const reason = `${issuer.origin} is not an OpenID Connect provider`;
    if (isCoded(own, 'API_ERROR')) throw failure(provider, reason, own);
    throw isCoded(own) ? own : failure(provider, `${reason} (${detailOf(error)})`);
  }
}

/**
 * Renews the tokens. Sends the client secret in a header. If the provider rejects the request, sends the secret in the
 * body instead, as Go's oauth2 does: some providers accept the secret only in the header, others only in the body.
 */
async function refresh(client: OidcClient, server: ServerMetadata, refreshToken: string) {
  const { provider, issuer, fetch, metadata } = client;
  const { clientId, clientSecret } = provider;
  const ask = (authentication: ClientAuth) => {
    const configuration = new Configuration(server, clientId, metadata, authentication);
    configuration[customFetch] = fetch;
    for (const extend of insecureIfLocal(issuer)) extend(configuration);
    return refreshTokenGrant(configuration, refreshToken);
  };
  try {
    if (clientSecret === '') return await ask(None());
    return await ask(secretInHeader(clientId, clientSecret)).catch((error: unknown) => {
      const own = ownError(error);
      if (!isStatus(own, 400) && !isStatus(own, 401)) throw error;
      return ask(ClientSecretPost(clientSecret));
    });
  } catch (error) {
    const own = ownError(error);
    const reason = `the identity provider ${issuer.origin} did not renew the token: sign in again`;
    if (isCoded(own, 'API_ERROR') || isCoded(own, 'UNAUTHORIZED')) throw failure(provider, reason, own);
    if (isCoded(own)) throw own;
    const fault = `the identity provider ${issuer.origin} returned invalid tokens (${detailOf(error)})`;
    throw failure(provider, fault);
  }
}

/**
 * Sends the client secret in a header. Does not escape `-`, `_`, `.` and `~`, because some providers do not decode
 * these escapes. openid-client would escape these four characters, but Go's oauth2 does not.
 */
function secretInHeader(clientId: string, clientSecret: string): ClientAuth {
  const { authorization = '' } = basic(formEncoded(clientId), formEncoded(clientSecret));
  return (_server, _client, _body, headers) => headers.set('authorization', authorization);
}

/** Encodes text for a form (RFC 6749 appendix B) exactly as `url.QueryEscape` of Go does, which kubectl uses. */
function formEncoded(text: string): string {
  const escaped = encodeURIComponent(text).replaceAll('%20', '+');
  return escaped.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * Returns a `fetch` that sends the requests of openid-client with the code of `src/rest`. The responses contain only
 * the fields of `ANSWER`.
 */
function fetchOver(provider: OidcProviderOptions, refreshToken: string, signal: AbortSignal): CustomFetch {
  return async (address, { method, headers: { authorization }, body }) => {
    const url = httpsUrl(address);
    if (url === undefined) {
      throw failure(provider, 'the identity provider has an endpoint that is not an https URL');
    }
    const config = await endpoint(url, provider, { ...(authorization && { authorization }) });
    noteSecrets(config, [refreshToken, provider.clientSecret]);
    const request = {
      method: method === 'POST' ? method : 'GET',
      path: url.pathname + url.search,
      ...(body && { body: new URLSearchParams(String(body)) }),
      signal,
    } as const;
    const answer = await requestJson(config, request, { shape: ANSWER });
    // Like Go's oauth2, treats a token without a type as a bearer token.
    return Response.json({ token_type: 'Bearer', ...answer });
  };
}

async function endpoint(
  url: URL,
  provider: OidcProviderOptions,
  credentials: Credentials,
): Promise<RestConfig> {
  const { certificateAuthority, certificateAuthorityData, environment, user } = provider;
  const proxy = proxyFromEnvironment(url, environment);
  return {
    server: new URL(url.origin),
    tls: await readTlsSettings(
      {
        ...(certificateAuthority && { certificateAuthority }),
        ...(certificateAuthorityData && { certificateAuthorityData }),
      },
      url.origin,
    ),
    credentials: staticCredentials(user, credentials),
    requestTimeoutMs: TIMEOUT_MS,
    ...defined({ proxy }),
  };
}

function failure({ user }: OidcProviderOptions, reason: string, cause?: unknown): CodedError {
  return new CodedError('CREDENTIALS_FAILED', { user, reason }, cause);
}

/**
 * Returns the error that {@link fetchOver} threw, if openid-client has wrapped it in an error of its own. Otherwise
 * returns the given error.
 */
function ownError(error: unknown): unknown {
  return error instanceof Error && isCoded(error.cause) ? error.cause : error;
}

/**
 * Returns the message of an error of openid-client, or the message of its `cause` if the cause is an `Error`. Ignores
 * any other cause, because it may be the whole answer with its tokens.
 */
function detailOf(error: unknown): string {
  return describeError(error instanceof Error && error.cause instanceof Error ? error.cause : error);
}

/**
 * Returns the URL if it uses https, or http to this machine: tokens must not be sent unencrypted over a network.
 * Otherwise returns undefined.
 */
function httpsUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(hostOf(url))) ? url : undefined;
}

function insecureIfLocal(issuer: URL) {
  return issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
}

function withOtherEnd(issuer: URL): URL {
  const path = issuer.pathname;
  return Object.assign(new URL(issuer), { pathname: path.endsWith('/') ? path.slice(0, -1) : `${path}/` });
}
