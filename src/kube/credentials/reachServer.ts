import { type Clock, deadline } from '../../base/async.ts';
import { CodedError } from '../../base/errors.ts';
import { portOf } from '../../rest/proxy.ts';
import { connectTcp, hostOf } from '../../rest/tcp.ts';
import { parseProxyUrl, proxyFromEnvironment } from '../kubeconfig/proxyFromEnvironment.ts';
import type { CredentialCluster, CredentialOptions } from './credentialOptions.ts';

const LIMIT_MS = 5_000;

/**
 * Returns whether the API server, or the proxy in front of it, accepts a TCP connection. Needs no credentials, so it
 * tells a failed login from a machine that is offline.
 * @throws the signal's reason when aborted
 */
export async function isServerReachable(
  { server, proxyUrl }: CredentialCluster,
  environment: CredentialOptions['environment'],
  signal: AbortSignal,
  clock?: Clock,
): Promise<boolean> {
  const url = new URL(server);
  const proxy = proxyUrl === undefined ? proxyFromEnvironment(url, environment) : parseProxyUrl(proxyUrl);
  const next = proxy ?? url;
  using limit = deadline(signal, LIMIT_MS, () => new CodedError('TIMED_OUT', { server, seconds: 5 }), clock);
  try {
    (await connectTcp(hostOf(next), portOf(next), next.host, limit.signal)).destroy();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
