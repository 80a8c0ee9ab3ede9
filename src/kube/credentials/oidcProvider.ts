import { CodedError, isCoded } from '../../base/errors.ts';
import { object, text, type ValueOf } from '../../json/shape.ts';
import { noteSecrets } from '../../rest/redaction.ts';
import { requestJson } from '../../rest/request.ts';
import type { RestConfig } from '../../rest/restConfig.ts';
import { isStatus } from '../../rest/statusError.ts';
import { proxyFromEnvironment } from '../proxyFromEnvironment.ts';
import { readTlsSettings } from '../tlsSettings.ts';
import { basic, staticCredentials } from './staticCredentials.ts';

const TIMEOUT_MS = 30_000;
/** Of a token, bytes: more than any header can hold. */
const TOKEN_LIMIT = 64 * 1024;

const DISCOVERY = object({ token_endpoint: text() });
const ANSWER = object({ id_token: text(TOKEN_LIMIT), refresh_token: text(TOKEN_LIMIT) });

export interface OidcProviderOptions {
  readonly user: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Base64 of PEM text; wins over the path. */
  readonly certificateAuthorityData?: string | undefined;
  readonly certificateAuthority?: string | undefined;
  /** May name a proxy. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Tokens as an identity provider gives them. */
export interface OidcTokens {
  readonly idToken: string;
  /** Missing where the one that was used stays good. */
  readonly refreshToken?: string;
}

/**
 * Trades a refresh token for an id token (OpenID Connect Core section 12), at the endpoint that the provider's discovery
 * document names.
 * @throws CodedError `CREDENTIALS_FAILED`, `UNREACHABLE`, `TLS`
 */
export async function refreshOidcTokens(
  provider: OidcProviderOptions,
  refreshToken: string,
  signal: AbortSignal,
): Promise<OidcTokens> {
  const fail = (reason: string, cause?: unknown) =>
    new CodedError('CREDENTIALS_FAILED', { user: provider.user, reason }, cause);
  const issuer = httpsUrl(provider.issuer);
  if (issuer === undefined) throw fail('its idp-issuer-url is no https address');
  const config = await endpoint(issuer, provider);
  noteSecrets(config, [refreshToken, provider.clientSecret]);
  const discovery = await requestJson(
    config,
    { path: '/.well-known/openid-configuration', signal },
    { shape: DISCOVERY },
  ).catch((error: unknown) => {
    throw isCoded(error, 'API_ERROR') ? fail(`its identity provider ${issuer.origin} is none`, error) : error;
  });
  const tokenEndpoint = httpsUrl(discovery.token_endpoint);
  if (tokenEndpoint === undefined)
    throw fail(`its identity provider ${issuer.origin} names no token endpoint`);
  const answer = await requestTokens(provider, tokenEndpoint, refreshToken, signal).catch(
    (error: unknown) => {
      if (!isCoded(error, 'API_ERROR') && !isCoded(error, 'UNAUTHORIZED')) throw error;
      throw fail(`its identity provider ${issuer.origin} does not renew its token: sign in again`, error);
    },
  );
  const { id_token: idToken, refresh_token: renewed } = answer;
  if (idToken === undefined) throw fail(`its identity provider ${issuer.origin} gave no id token`);
  return { idToken, ...(renewed !== undefined && { refreshToken: renewed }) };
}

/** Providers disagree on where the client's secret belongs: in a header first, then in the form, as Go's oauth2 does. */
async function requestTokens(
  provider: OidcProviderOptions,
  url: URL,
  refreshToken: string,
  signal: AbortSignal,
): Promise<ValueOf<typeof ANSWER>> {
  const { clientId, clientSecret } = provider;
  const config = await endpoint(new URL(url.origin), provider);
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
  const post = (body: Record<string, string>, credentials = config.credentials) => {
    const to = { ...config, credentials };
    noteSecrets(to, [refreshToken, clientSecret]);
    const path = url.pathname + url.search;
    const request = { method: 'POST', path, body: new URLSearchParams(body), signal } as const;
    return requestJson(to, request, { shape: ANSWER });
  };
  const inForm = { ...form, client_id: clientId, ...(clientSecret && { client_secret: clientSecret }) };
  if (clientSecret === '') return await post(inForm);
  const header = basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret));
  try {
    return await post(form, staticCredentials(provider.user, header));
  } catch (error) {
    if (!isStatus(error, 400) && !isStatus(error, 401)) throw error;
    return await post(inForm);
  }
}

async function endpoint(url: URL, provider: OidcProviderOptions): Promise<RestConfig> {
  const { certificateAuthority, certificateAuthorityData, environment, user } = provider;
  const proxy = proxyFromEnvironment(url, environment);
  return {
    server: url,
    tls: await readTlsSettings(
      {
        ...(certificateAuthority && { certificateAuthority }),
        ...(certificateAuthorityData && { certificateAuthorityData }),
      },
      url.origin,
    ),
    credentials: staticCredentials(user, {}),
    requestTimeoutMs: TIMEOUT_MS,
    ...(proxy && { proxy }),
  };
}

/** Tokens travel encrypted, but for a provider on this machine. */
function httpsUrl(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isLocal = url.hostname === 'localhost' || url.hostname === '127.0.0.1';
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLocal) ? url : undefined;
}
