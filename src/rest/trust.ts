import { X509Certificate } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import { systemErrorCode } from '../base/errors.ts';
import type { TlsSettings } from './restConfig.ts';
import { systemAuthorities } from './systemAuthorities.ts';

/** What a server's certificate is verified with. */
export interface Trust {
  /** PEM texts; the system's where the kubeconfig names none. */
  readonly authorities: readonly string[] | undefined;
  /** Whether it is one choice among authorities of one name. */
  readonly isChoice: boolean;
  /** Whether RSA keys of 1024 bits will do, which Go takes and OpenSSL by itself does not. SHA-1 does not even then. */
  readonly takesShortKeys: boolean;
}

/** More authorities of one name than any renewal leaves behind. */
const CHOICE_LIMIT = 8;
const SIGNATURE_FAILURE = 'CERT_SIGNATURE_FAILURE';
/** OpenSSL's word for a client certificate with a short key, and Node's for a server's or an authority's: it has none of its own. */
const SHORT_KEY: ReadonlySet<unknown> = new Set(['ERR_SSL_EE_KEY_TOO_SMALL', 'UNSPECIFIED']);

/** How to verify at first: strictly, with every authority. */
export function firstTrust({ certificateAuthority }: TlsSettings): Trust {
  const authorities = certificateAuthority === undefined ? undefined : splitPem(certificateAuthority);
  return { authorities, isChoice: false, takesShortKeys: false };
}

/** What else to try after a failure of a handshake: whatever Go takes and OpenSSL does not in the way that failed. */
export function otherTrusts(trust: Trust, error: unknown): readonly Trust[] {
  const code = systemErrorCode(error);
  if (SHORT_KEY.has(code) && !trust.takesShortKeys) return [{ ...trust, takesShortKeys: true }];
  if (code !== SIGNATURE_FAILURE || trust.isChoice || trust.authorities === undefined) return [];
  return choices(trust.authorities).map((authorities) => ({ ...trust, authorities, isChoice: true }));
}

/** Whether a failure says no more than that another authority would be needed. */
export function isSignatureFailure(error: unknown): boolean {
  return systemErrorCode(error) === SIGNATURE_FAILURE;
}

/** The part of a secure context's options that says whom to trust. */
export function trustOptions({ authorities, takesShortKeys }: Trust): SecureContextOptions {
  return {
    // Where the kubeconfig names no authority kubectl trusts the system's; Node by itself does not.
    ca: authorities === undefined ? systemAuthorities() : [...authorities],
    // As for Go, what the kubeconfig names is trusted, an authority of its own or not.
    allowPartialTrustChain: authorities !== undefined,
    ...(takesShortKeys && { ciphers: 'DEFAULT@SECLEVEL=1' }),
  };
}

/**
 * Of authorities that have one name, an old and a new one say, OpenSSL tries the first alone where no key id tells them apart; Go tries
 * each.
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
