import http from 'node:http';
import { CodedError } from '../base/errors.ts';
import { version } from '../base/version.ts';
import { noteCredentials } from './redaction.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

/** Names the product in the API server's audit log, in client-go's form. */
export const USER_AGENT = `kube-port-forward/${version} (${process.platform}/${process.arch})`;

/**
 * Returns the headers of every request with this config: credentials, impersonation and the program's name.
 * @throws CodedError `CREDENTIALS_FAILED` if a header cannot carry the credentials
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

/** Checked here because Node's own error would come in the middle of a request, and without a code. */
function assertHeaderValue(config: RestConfig, value: string): void {
  try {
    http.validateHeaderValue('Authorization', value);
  } catch {
    const reason = 'they contain characters that are not allowed in an HTTP header, such as a line break';
    throw new CodedError('CREDENTIALS_FAILED', { user: config.credentials.user, reason });
  }
}

/** Node writes a header's characters as single bytes; the API server reads names as UTF-8. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
