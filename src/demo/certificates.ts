import './reflectMetadata.ts';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;
const VALID_FOR_MS = 30 * 24 * HOUR_MS;

/** A certificate and its private key, as PEM texts. */
export interface KeyPairPem {
  readonly certificate: string;
  readonly key: string;
}

/** The certificate authority of one demo cluster. Its private key never leaves the process. */
export interface CertificateAuthority {
  /** PEM text of the authority's own certificate. */
  readonly certificate: string;
  /** Issues a certificate for a server with these DNS names and IP addresses. */
  issueServer(dnsNames: readonly string[], addresses: readonly string[]): Promise<KeyPairPem>;
  /**
   * Issues a client certificate. Kubernetes uses the common name as the user name, and the organizations as the user's
   * groups.
   */
  issueClient(commonName: string, organizations: readonly string[]): Promise<KeyPairPem>;
}

/** Creates a certificate authority with an EC P-256 key. Its certificates are valid for 30 days. */
export async function createCertificateAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const name = `CN=${commonName}`;
  const authority = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    ...validity(),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  const issue = async (subject: string, extensions: Extension[]): Promise<KeyPairPem> => {
    const issued = await generateKeys();
    const certificate = await X509CertificateGenerator.create({
      subject,
      issuer: name,
      publicKey: issued.publicKey,
      signingKey: keys.privateKey,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      extensions: [new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true), ...extensions],
    });
    return { certificate: certificate.toString('pem'), key: await privateKeyPem(issued.privateKey) };
  };
  return {
    certificate: authority.toString('pem'),
    issueServer: (dnsNames, addresses) =>
      issue(`CN=${dnsNames[0] ?? addresses[0]}`, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...addresses.map((value) => ({ type: 'ip' as const, value })),
        ]),
      ]),
    issueClient: (user, organizations) =>
      issue([`CN=${user}`, ...organizations.map((organization) => `O=${organization}`)].join(', '), [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      ]),
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), PemConverter.PrivateKeyTag);
}

/**
 * Returns a validity period that starts an hour ago, so that a client whose clock is slightly behind accepts the
 * certificate.
 */
function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - HOUR_MS), notAfter: new Date(now + VALID_FOR_MS) };
}
