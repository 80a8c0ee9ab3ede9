import {
  type CertificateAuthority,
  createCertificateAuthority,
  type KeyPairPem,
} from '../../src/demo/certificates.ts';
import { makeCertificate } from './certificateMaker.ts';

let authority: Promise<CertificateAuthority> | undefined;

/** Returns the certificate authority that all tests in this process share. */
export function testAuthority(): Promise<CertificateAuthority> {
  authority ??= createCertificateAuthority('test authority');
  return authority;
}

/** Returns a self-signed certificate for 127.0.0.1 that has expired. */
export function expiredCertificate(): Promise<KeyPairPem> {
  return makeCertificate({ commonName: 'expired', hasExpired: true });
}
