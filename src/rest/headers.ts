import http from 'node:http';
import { CodedError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import { noteCredentials } from './redaction.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

/**
 * The value of `User-Agent`, which names this program in the audit log of the API server. client-go uses the same
 * form.
 */
export const USER_AGENT = `kube-port-forward/${version} (${process.platform}/${process.arch})`;

/**
 * Returns the headers that each request with this config needs: credentials, impersonation and the name of this
 * program. Registers the credentials, so that `redact` removes them from texts.
 * @throws CodedError `CREDENTIALS_FAILED` if the credentials contain characters that a header cannot contain
 */
export function requestHeaders(
  config: RestConfig,
  credentials: Credentials,
): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = { 'User-Agent': USER_AGENT };
  if (credentials.authorization !== undefined) {
    assertHeaderValue(config, credentials.authorization);
    noteCredentials(config, credentials);
    headers['Authorization'] = credentials.authorization;
  }
  const impersonate = config.impersonate;
  if (impersonate !== undefined) {
    headers['Impersonate-User'] = utf8(impersonate.user);
    if (impersonate.uid !== undefined) headers['Impersonate-Uid'] = utf8(impersonate.uid);
    if (impersonate.groups?.length) headers['Impersonate-Group'] = impersonate.groups.map(utf8);
    for (const [key, values] of Object.entries(impersonate.extra ?? {})) {
      headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values.map(utf8);
    }
  }
  return headers;
}

/**
 * Throws a coded error if a header cannot contain the value. Without this check, Node would throw an error without a
 * code when the request is sent.
 */
function assertHeaderValue(config: RestConfig, value: string): void {
  try {
    http.validateHeaderValue('Authorization', value);
  } catch {
    const reason = 'they contain characters that are not allowed in an HTTP header, such as a line break';
    throw new CodedError('CREDENTIALS_FAILED', { user: config.credentials.user, reason });
  }
}

/**
 * Encodes a header value as UTF-8, which the API server expects. Node writes each character as one byte, so the
 * returned text has one character for each byte of the UTF-8.
 */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
