import tls from 'node:tls';

/** PEM texts of the authorities that this machine trusts: the system's, which Node by itself does not, and Node's own. */
export function systemAuthorities(): string[] {
  return [...tls.getCACertificates('default'), ...tls.getCACertificates('system')];
}
