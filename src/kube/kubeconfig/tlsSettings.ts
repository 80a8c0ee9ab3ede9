import { X509Certificate } from 'node:crypto';
import { fileErrorReason, readBoundedText } from '../../base/boundedFile.ts';
import { defined } from '../../base/defined.ts';
import { CodedError } from '../../base/errors.ts';
import type { TlsSettings } from '../../rest/restConfig.ts';
import type { KubeconfigCluster } from './kubeconfigFile.ts';

/**
 * A certificate in PEM text. Like Go, accepts `BEGIN` and `END` markers only on lines of their own. If two files were
 * joined without a line break, the `END` of the first certificate and the `BEGIN` of the second share a line. Both
 * certificates are then ignored.
 */
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----(?=[ \t]*\r?$)/gm;

/**
 * Returns the TLS settings of a cluster entry. Reads the certificate authority from its file, if the entry names one.
 * @param server the address of the server, for errors
 * @throws CodedError `TLS` if the certificate authority is unreadable or contains no valid certificate
 */
export async function readTlsSettings(
  cluster: Partial<KubeconfigCluster>,
  server: string,
): Promise<TlsSettings> {
  const serverName = cluster.tlsServerName;
  const name = serverName === undefined ? {} : { serverName };
  // Like kubectl, does not read the certificate authority if the certificate of the server is not verified.
  if (cluster.insecureSkipTlsVerify === true) return { ...name, insecureSkipVerify: true };
  const certificateAuthority = await readAuthority(cluster, server);
  return { ...name, ...defined({ certificateAuthority }) };
}

async function readAuthority(
  cluster: Partial<KubeconfigCluster>,
  server: string,
): Promise<string | undefined> {
  const { certificateAuthorityData: data, certificateAuthority: path } = cluster;
  if (data === undefined && path === undefined) return undefined;
  const fail = (reason: string, cause?: unknown) => new CodedError('TLS', { server, reason }, cause);
  let text: string;
  try {
    text =
      data === undefined ? await readBoundedText(path ?? '') : Buffer.from(data, 'base64').toString('utf8');
  } catch (error) {
    throw fail(`certificate-authority ${path} cannot be read: ${fileErrorReason(error)}`, error);
  }
  const field = data === undefined ? `certificate-authority ${path}` : 'certificate-authority-data';
  const certificates = text.match(CERTIFICATE);
  if (certificates === null) throw fail(`${field} contains no PEM certificate`);
  // Like Go, ignores an invalid certificate among valid ones.
  const good = certificates.filter(isCertificate);
  if (good.length === 0) throw fail(`${field} contains an invalid certificate`);
  return good.join('\n');
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text) !== undefined;
  } catch {
    return false;
  }
}
