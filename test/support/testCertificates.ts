import '../../src/demo/certificates.ts';
import { webcrypto } from 'node:crypto';
import { PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeyPairPem,
} from '../../src/demo/certificates.ts';

let authority: Promise<CertificateAuthority> | undefined;

/** Returns the certificate authority that all tests in this process share. */
export function testAuthority(): Promise<CertificateAuthority> {
  authority ??= createCertificateAuthority('test authority');
  return authority;
}

/** Returns a self-signed certificate for 127.0.0.1 that expired yesterday. */
export async function expiredCertificate(): Promise<KeyPairPem> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const dayMs = 24 * 3_600_000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=expired',
    keys,
    notBefore: new Date(Date.now() - 2 * dayMs),
    notAfter: new Date(Date.now() - dayMs),
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    key: PemConverter.encode(key, PemConverter.PrivateKeyTag),
  };
}
