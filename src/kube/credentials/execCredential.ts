import { X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import { defined } from '../../base/defined.ts';
import { isHeaderValue } from '../../base/text.ts';
import type { Credentials } from '../../rest/restConfig.ts';
import type { ExecConfig } from '../kubeconfig/kubeconfigFile.ts';
import { optionalMapping } from '../kubeconfig/kubeconfigShape.ts';
import { YamlDocument } from '../kubeconfig/yamlDocument.ts';
import { YamlError } from '../kubeconfig/yamlError.ts';
import type { CredentialCluster } from './credentialOptions.ts';

/** The supported versions of `client.authentication.k8s.io`. Kubernetes 1.24 removed v1alpha1. */
const API_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];

const text = v.nullish(v.string(), '');
const ANSWER = v.object({
  kind: text,
  apiVersion: text,
  spec: optionalMapping({ interactive: v.nullish(v.boolean()) }),
  status: v.nullish(
    v.object({
      token: text,
      clientCertificateData: text,
      clientKeyData: text,
      expirationTimestamp: v.nullish(v.string()),
    }),
  ),
});

/**
 * An RFC 3339 time, as Go's `time.Parse` accepts it: also with an hour of one digit, or a comma before the fraction.
 */
const RFC3339 = /^(\d{4}-\d{2}-\d{2})T(\d{1,2}):(\d{2}:\d{2})(?:[.,](\d+))?(Z|[-+]\d{2}:\d{2})$/;

/** The credentials that an exec plugin returned. */
export interface ExecCredential {
  readonly credentials: Credentials;
  /**
   * When the credentials expire, in milliseconds since 1970. Missing if no expiry is known: the credentials are then
   * used until the server answers 401.
   */
  readonly expiresAtMs?: number;
}

/** Returns true if this program supports the version of the exec plugin API. */
export function isSupportedApiVersion(apiVersion: string): boolean {
  return API_VERSIONS.includes(apiVersion);
}

/**
 * Returns the value of the variable `KUBERNETES_EXEC_INFO`, which is the request to a plugin (KEP-541). The value says
 * in which API version the plugin must answer, and whether it may ask questions. With `provideClusterInfo`, it also
 * contains the cluster.
 * @param certificateAuthority the PEM text of the cluster's certificate authority
 */
export function formatExecInfo(
  config: ExecConfig,
  isInteractive: boolean,
  cluster: CredentialCluster,
  certificateAuthority: string | undefined,
): string {
  const spec = {
    ...(config.provideClusterInfo && {
      cluster: {
        server: cluster.server,
        'tls-server-name': cluster.tlsServerName,
        'insecure-skip-tls-verify': cluster.insecureSkipTlsVerify || undefined,
        'certificate-authority-data':
          certificateAuthority && Buffer.from(certificateAuthority).toString('base64'),
        'proxy-url': cluster.proxyUrl,
        config: cluster.execConfig,
      },
    }),
    interactive: isInteractive,
  };
  return JSON.stringify({ apiVersion: config.apiVersion, kind: 'ExecCredential', spec });
}

/**
 * Parses a plugin's answer as client-go does: as JSON if the text begins with `{`, otherwise as YAML.
 * @throws Error without a cause. Its message quotes nothing of the answer, because the answer may contain credentials.
 */
export function parseExecCredential(output: string, apiVersion: string): ExecCredential {
  const value = parseAnswer(output);
  const answer = v.safeParse(ANSWER, value, { abortEarly: true });
  if (!answer.success || Array.isArray(value)) throw new Error('it is not an ExecCredential');
  const { kind, apiVersion: version, status } = answer.output;
  if (kind !== '' && kind !== 'ExecCredential') throw new Error('it is not an ExecCredential');
  if (version !== apiVersion) {
    throw new Error(`its apiVersion is not ${apiVersion}`);
  }
  if (!status) throw new Error('it has no status');
  const { token, clientCertificateData: certificate, clientKeyData: key, expirationTimestamp } = status;
  if ((certificate === '') !== (key === '')) {
    throw new Error('it has only one of clientCertificateData and clientKeyData');
  }
  if (token === '' && certificate === '') {
    throw new Error('it has neither a token nor a certificate');
  }
  if (!isHeaderValue(token)) throw new Error('its token contains a line break or another control character');
  const expiresAtMs = earliest(expiry(expirationTimestamp), certificateExpiry(certificate));
  return {
    credentials: {
      ...(token !== '' && { authorization: `Bearer ${token}` }),
      ...(certificate !== '' && { clientCertificate: { certificate, key } }),
    },
    ...defined({ expiresAtMs }),
  };
}

/**
 * Parses a plugin's answer. Throws new errors instead of the errors of the parsers, because `JSON.parse` quotes the
 * text in its errors, and the text may contain credentials.
 */
function parseAnswer(output: string): unknown {
  if (/^\s*\{/.test(output)) {
    try {
      return JSON.parse(output);
    } catch {
      throw new Error('it is not valid JSON');
    }
  }
  try {
    return YamlDocument.parse(output).value;
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new Error('it is neither JSON nor YAML');
  }
}

function expiry(time: string | null | undefined): number | undefined {
  if (time === undefined || time === null) return undefined;
  const milliseconds = parseTime(time);
  if (milliseconds === undefined) {
    throw new Error('its expirationTimestamp is not a time such as 2030-01-31T12:00:00Z');
  }
  return milliseconds;
}

function parseTime(text: string): number | undefined {
  const [, date = '', hour = '', rest = '', fraction = '0', zone = ''] = RFC3339.exec(text) ?? [];
  const local = `${date}T${hour.padStart(2, '0')}:${rest}`;
  const asUtc = new Date(`${local}Z`);
  // Rejects dates and hours that do not exist. `Date` would turn February 31 into March 3, and hour 24 into the next
  // day.
  if (Number.isNaN(asUtc.getTime()) || !asUtc.toISOString().startsWith(local)) return undefined;
  const milliseconds = Date.parse(`${local}.${fraction.slice(0, 3)}${zone}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

function certificateExpiry(certificate: string): number | undefined {
  if (certificate === '') return undefined;
  try {
    return new X509Certificate(certificate).validToDate.getTime();
  } catch {
    throw new Error('its clientCertificateData is not a PEM certificate');
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
