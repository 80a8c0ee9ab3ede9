import { version } from '../base/version.ts';
import type { Credentials, RestConfig } from './restConfig.ts';

/** Names the product in the API server's audit log, in client-go's form. */
export const USER_AGENT = `kube-port-forward/${version} (${process.platform}/${process.arch})`;

/** The headers that every request of this config carries: who asks, as whom, and with which program. */
export function requestHeaders(
  config: RestConfig,
  credentials: Credentials,
): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = { 'User-Agent': USER_AGENT };
  if (credentials.authorization !== undefined) headers['Authorization'] = credentials.authorization;
  const impersonate = config.impersonate;
  if (impersonate !== undefined) {
    headers['Impersonate-User'] = impersonate.user;
    if (impersonate.uid !== undefined) headers['Impersonate-Uid'] = impersonate.uid;
    if (impersonate.groups?.length) headers['Impersonate-Group'] = impersonate.groups;
    for (const [key, values] of Object.entries(impersonate.extra ?? {})) {
      headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = values;
    }
  }
  return headers;
}
