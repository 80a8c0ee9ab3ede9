import { CodedError, describeError, systemErrorCode } from '../base/errors.ts';
import { redactError } from './redaction.ts';
import type { RestConfig } from './restConfig.ts';
import { isBroken } from './tcp.ts';

const UNKNOWN_ISSUER = 'the certificate was issued by an authority that is not trusted';
const NOT_FOR_SERVERS =
  'the certificate, or one of its issuers, is not for servers (extended key usage, nsCertType or basic constraints)';

/**
 * The reasons to show for error codes of Node. The messages of Node suggest command-line flags of Node, which users
 * of this program cannot set.
 */
const REASONS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_ISSUER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_ISSUER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_ISSUER,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_ISSUER,
  CERT_UNTRUSTED: UNKNOWN_ISSUER,
  CERT_SIGNATURE_FAILURE: 'the certificate was issued by a different authority with the same name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed and not trusted',
  CERT_HAS_EXPIRED: 'the certificate, or one of its issuers, has expired',
  CERT_NOT_YET_VALID:
    'the certificate, or one of its issuers, is not valid yet, or the clock of this machine is slow',
  INVALID_PURPOSE: NOT_FOR_SERVERS,
  INVALID_CA: NOT_FOR_SERVERS,
};

/** Returns whether OpenSSL reported the error, for example after a TLS alert from the server. */
export function isOpenSsl(error: unknown): boolean {
  return systemErrorCode(error)?.startsWith('ERR_SSL_') ?? false;
}

/**
 * Returns the error for a failed TLS handshake. This function is also used for errors after the handshake: with TLS
 * 1.3, this program's side of the handshake can end before the server rejects the client certificate.
 */
export function tlsError(config: RestConfig, error: unknown): CodedError {
  // Removes credentials from the error: for a wrong host name, Node's error quotes the certificate of the server, and a
  // server can write any text into its certificate.
  const cause = redactError(config, error);
  const reason = tlsReason(cause);
  // A network failure during the handshake becomes `UNREACHABLE`, because `TLS` would suggest a problem with
  // certificates.
  const code = isBroken(cause) ? 'UNREACHABLE' : 'TLS';
  return new CodedError(code, { server: config.server.origin, reason }, cause);
}

/**
 * Returns the reason for a failed handshake, to be inserted into a sentence.
 * @param error must not contain credentials
 */
export function tlsReason(error: unknown): string {
  return REASONS[systemErrorCode(error) ?? ''] ?? openSslReason(error) ?? describeError(error);
}

/**
 * Returns the `reason` of an OpenSSL error, which users can read. The `message` of the error contains the names of
 * source files.
 */
function openSslReason(error: unknown): string | undefined {
  if (!isOpenSsl(error) || !(error instanceof Error) || !('reason' in error)) return undefined;
  return typeof error.reason === 'string' ? error.reason : undefined;
}
