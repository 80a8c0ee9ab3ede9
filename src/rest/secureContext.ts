import tls from 'node:tls';
import type { Credentials, TlsSettings } from './restConfig.ts';
import { firstTrust, type Trust, trustOptions } from './trust.ts';

interface KeptContext {
  /** The {@link Trust} as JSON, so that two trusts can be compared. */
  readonly trust: string;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly context: tls.SecureContext;
}

/**
 * The secure context (OpenSSL's parsed certificates and options) that was last used for each server. The key of the map
 * is the TLS settings of the server. Reusing the context saves a third of the CPU time that this program needs for a
 * handshake, because a new context parses all certificates again.
 */
const kept = new WeakMap<TlsSettings, KeptContext>();

/**
 * Returns the secure context for TLS connections with these settings and this client certificate. Returns the same
 * context until the trust, the certificate or its key changes.
 * @throws Error if OpenSSL cannot read the authorities, the certificate or the key
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
