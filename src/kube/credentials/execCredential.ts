import { X509Certificate } from 'node:crypto';
import type { Credentials } from '../../rest/restConfig.ts';
import type { ExecConfig } from '../kubeconfigFile.ts';
import type { CredentialCluster } from './createCredentials.ts';

/** Versions of `client.authentication.k8s.io` that are spoken; v1alpha1 went with Kubernetes 1.24. */
const API_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];

/** What a plugin gave. */
export interface ExecCredential {
  readonly credentials: Credentials;
  /** Milliseconds since 1970; missing where it is good until a 401. */
  readonly expiresAtMs?: number;
}

/** Whether plugins of that version can be talked to. */
export function isSupportedApiVersion(apiVersion: string): boolean {
  return API_VERSIONS.includes(apiVersion);
}

/**
 * The value of `KUBERNETES_EXEC_INFO`, by which a plugin is told what is wanted of it (KEP-541): the version to answer
 * in, whether it may ask questions, and, where the kubeconfig says so, the cluster.
 * @param certificateAuthority PEM text
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
 * Reads a plugin's answer.
 * @throws Error with a reason that says nothing of the answer's content, nor has it as its cause
 */
export function parseExecCredential(output: string, apiVersion: string): ExecCredential {
  const answer = parseJson(output);
  if (answer['kind'] !== 'ExecCredential') throw new Error('its answer is no ExecCredential');
  if (answer['apiVersion'] !== apiVersion) {
    throw new Error(`its answer is not of the version asked for, ${apiVersion}`);
  }
  const { status } = answer;
  if (!isRecord(status)) throw new Error('its answer has no status');
  const token = text(status['token']);
  const certificate = text(status['clientCertificateData']);
  const key = text(status['clientKeyData']);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error('its answer has a certificate without its key, or the other way round');
  }
  if (token === undefined && certificate === undefined) {
    throw new Error('its answer has neither a token nor a certificate');
  }
  const expiresAtMs = earliest(expiry(status['expirationTimestamp']), certificateExpiry(certificate));
  return {
    credentials: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
    },
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

function parseJson(output: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(output);
    if (isRecord(value)) return value;
  } catch {
    // Its message quotes the text, which may be a token.
  }
  throw new Error('its answer is no JSON object');
}

function text(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  // A line break in it could not be sent in a header.
  if (typeof value !== 'string') throw new Error('its answer has something else where texts belong');
  return value.trim();
}

function expiry(value: unknown): number | undefined {
  const time = text(value);
  if (time === undefined) return undefined;
  const milliseconds = Date.parse(time);
  if (Number.isNaN(milliseconds)) throw new Error('the expirationTimestamp of its answer is no time');
  return milliseconds;
}

function certificateExpiry(certificate: string | undefined): number | undefined {
  if (certificate === undefined) return undefined;
  try {
    return new X509Certificate(certificate).validToDate.getTime();
  } catch {
    throw new Error('the certificate of its answer is no PEM certificate');
  }
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
