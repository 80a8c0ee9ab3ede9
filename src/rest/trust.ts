import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import tls from 'node:tls';
import { systemErrorCode } from '../base/errors.ts';
import type { TlsSettings } from './restConfig.ts';

/** How to verify the certificate of a server. */
export interface Trust {
  /** PEM texts. Undefined for the authorities of the system, if the kubeconfig names none. */
  readonly authorities: readonly string[] | undefined;
  /** True for one choice among several authorities of the same name. */
  readonly isChoice: boolean;
  /** True to accept RSA keys of 1024 bits, as Go does and OpenSSL by default does not. SHA-1 is never accepted. */
  readonly takesShortKeys: boolean;
}

/** More authorities of the same name than any renewal leaves behind. */
const CHOICE_LIMIT = 8;
const SIGNATURE_FAILURE = 'CERT_SIGNATURE_FAILURE';
/** Codes for short keys: OpenSSL's for a client certificate, and Node's for the certificate of a server or an authority. */
const SHORT_KEY: ReadonlySet<unknown> = new Set(['ERR_SSL_EE_KEY_TOO_SMALL', 'UNSPECIFIED']);

/** The first try: strict, with every authority. */
export function firstTrust({ certificateAuthority }: TlsSettings): Trust {
  const authorities = certificateAuthority === undefined ? undefined : splitPem(certificateAuthority);
  return { authorities, isChoice: false, takesShortKeys: false };
}

/** The trusts to try after a failed handshake: whatever Go accepts and OpenSSL refused in the failed try. */
export function otherTrusts(trust: Trust, error: unknown): readonly Trust[] {
  const code = systemErrorCode(error);
  if (SHORT_KEY.has(code) && !trust.takesShortKeys) return [{ ...trust, takesShortKeys: true }];
  if (code !== SIGNATURE_FAILURE || trust.isChoice || trust.authorities === undefined) return [];
  return choices(trust.authorities).map((authorities) => ({ ...trust, authorities, isChoice: true }));
}

/** Returns true if another authority could mend the failure. */
export function isSignatureFailure(error: unknown): boolean {
  return systemErrorCode(error) === SIGNATURE_FAILURE;
}

/** Returns the options of a secure context that say which authorities to trust. */
export function trustOptions({ authorities, takesShortKeys }: Trust): SecureContextOptions {
  return {
    // Without an authority in the kubeconfig, kubectl trusts the system's. Node by default does not.
    ca: authorities === undefined ? systemAuthorities() : [...authorities],
    // Like Go, trusts every certificate that the kubeconfig names, self-signed or not.
    allowPartialTrustChain: authorities !== undefined,
    ...(takesShortKeys && { ciphers: 'DEFAULT@SECLEVEL=1' }),
  };
}

/**
 * Authorities of the same name, such as an old and a new one: OpenSSL tries only the first if no key ID tells them
 * apart. Go tries each.
 */
function choices(authorities: readonly string[]): readonly (readonly string[])[] {
  const byName = new Map<string, string[]>();
  for (const authority of authorities) {
    const { subject } = new X509Certificate(authority);
    byName.set(subject, [...(byName.get(subject) ?? []), authority]);
  }
  const groups = [...byName.values()];
  const count = Math.min(Math.max(...groups.map((group) => group.length)), CHOICE_LIMIT);
  if (count < 2) return [];
  return Array.from({ length: count }, (_none, index) =>
    groups.map((group) => group[index % group.length] as string),
  );
}

function splitPem(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [text];
}

/** PEM texts of the authorities that this machine trusts: the system's, which Node ignores by default, and Node's own. */
export function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}
