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
 * The last context for each server's settings. A new context parses all certificates, which is a third of this side's
 * work for a handshake.
 */
const kept = new WeakMap<TlsSettings, KeptContext>();

/**
 * The secure context for TLS connections with these settings and this client certificate. Returns the same one until the
 * trust, the certificate or its key changes.
 * @throws Error if OpenSSL cannot read one of them
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
