import tls from 'node:tls';
import type { Credentials, TlsSettings } from './restConfig.ts';
import { firstTrust, type Trust, trustOptions } from './trust.ts';

interface KeptContext {
  /** JSON of the {@link Trust}. */
  readonly trust: string;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly context: tls.SecureContext;
}

/**
 * The last context of each server's settings. Making one parses all certificates, which is a third of what a handshake
 * costs this side.
 */
const kept = new WeakMap<TlsSettings, KeptContext>();

/**
 * What a TLS connection to that server, with that client certificate, is made with: the same for each connection until the
 * trust, the certificate or its key changes.
 * @throws Error where OpenSSL cannot read one of them
 */
export function secureContextFor(
  settings: TlsSettings,
  clientCertificate: Credentials['clientCertificate'],
  trust: Trust = firstTrust(settings),
): tls.SecureContext {
  const trustText = JSON.stringify(trust);
  const { certificate, key } = clientCertificate ?? {};
  const last = kept.get(settings);
  const isSame = last?.trust === trustText && last.certificate === certificate && last.key === key;
  if (last !== undefined && isSame) return last.context;
  const context = tls.createSecureContext({
    ...trustOptions(trust),
    ...(clientCertificate !== undefined && { cert: certificate, key }),
  });
  kept.set(settings, { trust: trustText, certificate, key, context });
  return context;
}
