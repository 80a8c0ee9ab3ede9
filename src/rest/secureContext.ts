import tls from 'node:tls';
import type { Credentials, TlsSettings } from './restConfig.ts';
import { systemAuthorities } from './systemAuthorities.ts';

interface KeptContext {
  readonly certificateAuthority: string | undefined;
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
 * authority, the certificate or its key changes.
 * @throws Error where OpenSSL cannot read one of them
 */
export function secureContextFor(
  settings: TlsSettings,
  clientCertificate: Credentials['clientCertificate'],
): tls.SecureContext {
  const { certificateAuthority } = settings;
  const { certificate, key } = clientCertificate ?? {};
  const last = kept.get(settings);
  const isSame =
    last?.certificateAuthority === certificateAuthority &&
    last?.certificate === certificate &&
    last?.key === key;
  if (last !== undefined && isSame) return last.context;
  const context = tls.createSecureContext({
    // Where the kubeconfig names no authority kubectl trusts the system's; Node by itself does not.
    ca: certificateAuthority ?? systemAuthorities(),
    ...(clientCertificate !== undefined && { cert: certificate, key }),
  });
  kept.set(settings, { certificateAuthority, certificate, key, context });
  return context;
}
