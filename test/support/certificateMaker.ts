import '../../src/demo/certificates.ts';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { KeyPairPem } from '../../src/demo/certificates.ts';

const HOUR_MS = 3_600_000;

export interface CertificateOptions {
  readonly commonName: string;
  /** The certificate that issues this one. Optional, default: the certificate is self-signed. */
  readonly issuer?: IssuedCertificate;
  readonly isAuthority?: boolean;
  /** The size of an RSA key in bits. Optional, default: an EC P-256 key. */
  readonly rsaBits?: number;
  /** The hash algorithm of the signature. Optional, default `SHA-256`. */
  readonly hash?: string;
  /**
   * Whether the certificate is valid for 127.0.0.1 and localhost. Optional, default: true, but false for authorities.
   */
  readonly hasAlternativeNames?: boolean;
  readonly usage?: 'clientAuth' | 'serverAuth';
  readonly hasExpired?: boolean;
  readonly extensions?: readonly Extension[];
}

/** A certificate with its key, so that it can issue other certificates. */
export interface IssuedCertificate extends KeyPairPem {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly algorithm: Algorithm;
}

interface Algorithm {
  readonly name: string;
  readonly hash: string;
}

/** The extension `nsCertType` (Netscape Certificate Extensions) with the value that allows only clients. */
export const NETSCAPE_CLIENT = new Extension(
  '2.16.840.1.113730.1.1',
  false,
  new Uint8Array([0x03, 0x02, 0x07, 0x80]),
);

/**
 * Creates a certificate for tests. Options such as `hasExpired` make the certificate invalid or unusual. The
 * certificate does not contain the extensions that identify its key and the key of its issuer.
 */
export async function makeCertificate(options: CertificateOptions): Promise<IssuedCertificate> {
  const {
    commonName,
    issuer,
    isAuthority = false,
    rsaBits,
    hash = 'SHA-256',
    usage,
    hasExpired = false,
  } = options;
  const publicExponent = new Uint8Array([1, 0, 1]);
  const algorithm =
    rsaBits === undefined
      ? { name: 'ECDSA', namedCurve: 'P-256', hash }
      : { name: 'RSASSA-PKCS1-v1_5', modulusLength: rsaBits, publicExponent, hash };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const name = `CN=${commonName}`;
  const { hasAlternativeNames = !isAuthority } = options;
  const extensions: Extension[] = [];
  if (isAuthority) extensions.push(new BasicConstraintsExtension(true, undefined, true));
  if (usage !== undefined) extensions.push(new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]));
  if (hasAlternativeNames) {
    const names = [{ type: 'ip', value: '127.0.0.1' } as const, { type: 'dns', value: 'localhost' } as const];
    extensions.push(new SubjectAlternativeNameExtension(names));
  }
  extensions.push(...(options.extensions ?? []));
  const now = Date.now();
  const certificate = await X509CertificateGenerator.create({
    subject: name,
    issuer: issuer?.name ?? name,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: issuer === undefined ? algorithm : { ...issuer.algorithm, hash },
    notBefore: new Date(now - 2 * HOUR_MS),
    notAfter: new Date(now + (hasExpired ? -1 : 1) * HOUR_MS),
    extensions,
  });
  const privateKey = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = PemConverter.encode(privateKey, PemConverter.PrivateKeyTag);
  return { name, keys, algorithm, certificate: certificate.toString('pem'), key };
}
