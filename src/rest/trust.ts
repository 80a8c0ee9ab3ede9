import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import tls from 'node:tls';
import { systemErrorCode } from '../base/errors.ts';
import type { TlsSettings } from './restConfig.ts';

/** How to verify the certificate of a server. */
export interface Trust {
  /**
   * The authorities to trust, as PEM texts. Undefined if the kubeconfig names none: the authorities of the system are
   * then trusted.
   */
  readonly authorities: readonly string[] | undefined;
  /**
   * True if several authorities of the kubeconfig have the same name, and `authorities` contains only one of them. If
   * the handshake with this authority fails, {@link otherTrusts} returns no more trusts for the other authorities,
   * because it has already returned one trust for each authority.
   */
  readonly isChoice: boolean;
  /**
   * True to accept RSA keys of 1024 bits, as Go does. By default, OpenSSL rejects such keys. Signatures with SHA-1 are
   * never accepted.
   */
  readonly takesShortKeys: boolean;
}

/**
 * How many authorities with the same name are tried at most. Further authorities are ignored. In practice, there are
 * fewer, because only a renewed authority has the name of an older one.
 */
const CHOICE_LIMIT = 8;
const SIGNATURE_FAILURE = 'CERT_SIGNATURE_FAILURE';
/**
 * The error codes that can mean that a key is too short. OpenSSL reports the first code for the key of a client
 * certificate. Node reports `UNSPECIFIED` for the key of a server or an authority, but also for other faults, such as a
 * weak signature. For such a fault, another handshake that accepts short keys does no harm: it fails with the same
 * error.
 */
const SHORT_KEY: ReadonlySet<unknown> = new Set(['ERR_SSL_EE_KEY_TOO_SMALL', 'UNSPECIFIED']);

/** Returns the trust for the first handshake: all authorities, and no short keys. */
export function firstTrust({ certificateAuthority }: TlsSettings): Trust {
  const authorities = certificateAuthority === undefined ? undefined : splitPem(certificateAuthority);
  return { authorities, isChoice: false, takesShortKeys: false };
}

/**
 * Returns other trusts to try after a handshake has failed with `trust`. Each of them accepts something that OpenSSL
 * rejected in the failed handshake, although Go accepts it. Returns an empty list if there is nothing else to try.
 */
export function otherTrusts(trust: Trust, error: unknown): readonly Trust[] {
  const code = systemErrorCode(error);
  if (SHORT_KEY.has(code) && !trust.takesShortKeys) return [{ ...trust, takesShortKeys: true }];
  if (code !== SIGNATURE_FAILURE || trust.isChoice || trust.authorities === undefined) return [];
  return choices(trust.authorities).map((authorities) => ({ ...trust, authorities, isChoice: true }));
}

/**
 * Returns true if the signature of a certificate was not made with the key of the authority that the certificate names.
 * Perhaps another authority with the same name has signed the certificate.
 */
export function isSignatureFailure(error: unknown): boolean {
  return systemErrorCode(error) === SIGNATURE_FAILURE;
}

/** Returns the options of a secure context that determine which authorities and which lengths of keys are accepted. */
export function trustOptions({ authorities, takesShortKeys }: Trust): SecureContextOptions {
  return {
    // If the kubeconfig names no authority, the system's authorities are trusted, as in kubectl. Node does not trust
    // them by default.
    ca: authorities === undefined ? systemAuthorities() : [...authorities],
    // Like Go, trusts each certificate that the kubeconfig names as an authority, even an intermediate certificate,
    // which is not self-signed. By default, OpenSSL would trust only self-signed certificates. On Linux, Go also trusts
    // intermediate certificates among the authorities of the system. On macOS and Windows, Go asks the system whether
    // to trust a certificate.
    allowPartialTrustChain: authorities !== undefined || process.platform === 'linux',
    ...(takesShortKeys && { ciphers: 'DEFAULT@SECLEVEL=1' }),
  };
}

/**
 * Returns lists of authorities to try one after the other. Several authorities can have the same name, for example an
 * old and a renewed one. Go tries all of them, but OpenSSL tries only the first, unless a key ID distinguishes them. So
 * each list contains only one authority of each name.
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

/**
 * Returns the authorities to trust if the kubeconfig names none, as PEM texts: the authorities that Node contains, and
 * those of the system, which Node ignores by default.
 */
function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}
