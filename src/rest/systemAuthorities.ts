import tls from 'node:tls';

/** PEM texts of the authorities that this machine trusts: the system's, which Node ignores by default, and Node's own. */
export function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}
