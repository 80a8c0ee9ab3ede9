import { hostOf } from '../../base/address.ts';
import { type Clock, deadline } from '../../base/async.ts';
import { CodedError, isCoded, toCoded } from '../../base/errors.ts';
import { portOf, proxyName } from '../../rest/proxy.ts';
import { connectTcp } from '../../rest/tcp.ts';
import type { CredentialCluster } from './credentialOptions.ts';

const LIMIT_MS = 5_000;

/**
 * Returns the reason why the API server, or the proxy in front of it, does not accept a TCP connection. Returns
 * undefined if it accepts one. Needs no credentials. So the caller can find out whether a login failed only because the
 * machine is offline.
 * @throws the signal's reason when aborted
 */
export async function outageOf(
  { url, proxy }: CredentialCluster,
  signal: AbortSignal,
  clock?: Clock,
): Promise<CodedError | undefined> {
  const next = proxy ?? url;
  const late = () => new CodedError('TIMED_OUT', { server: url.origin, seconds: LIMIT_MS / 1000 });
  using limit = deadline(signal, LIMIT_MS, late, clock);
  try {
    (await connectTcp(hostOf(next), portOf(next), next.host, limit.signal)).destroy();
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    const reason = isCoded(error, 'UNREACHABLE') ? error.arguments['reason'] : undefined;
    if (proxy === undefined || reason === undefined) return toCoded(error);
    const server = `${url.hostname}:${portOf(url)}`;
    return new CodedError('PROXY_FAILED', { proxy: proxyName(proxy), server, reason }, error);
  }
}
