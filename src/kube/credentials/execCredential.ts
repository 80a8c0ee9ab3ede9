import { X509Certificate } from 'node:crypto';
import { JsonError } from '../../json/jsonError.ts';
import { parseJson } from '../../json/readJson.ts';
import { anyScalar, object, text, type ValueOf } from '../../json/shape.ts';
import type { Credentials } from '../../rest/restConfig.ts';
import type { ExecConfig } from '../kubeconfigFile.ts';
import type { CredentialCluster } from './createCredentials.ts';

/** Versions of `client.authentication.k8s.io` that are spoken; v1alpha1 went with Kubernetes 1.24. */
const API_VERSIONS: readonly string[] = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
];

/** Of a token, a certificate or a key, bytes. */
const SECRET_LIMIT = 64 * 1024;
/** Wrong types are told, so they are let through. */
const secret = anyScalar(SECRET_LIMIT);
const ANSWER = object({
  kind: text(),
  apiVersion: text(),
  status: object({
    token: secret,
    clientCertificateData: secret,
    clientKeyData: secret,
    expirationTimestamp: anyScalar(),
  }),
});

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
  const answer = parseAnswer(output);
  if (answer.kind !== 'ExecCredential') throw new Error('its answer is no ExecCredential');
  if (answer.apiVersion !== apiVersion) {
    throw new Error(`its answer is not of the version asked for, ${apiVersion}`);
  }
  const { status } = answer;
  if (status === undefined) throw new Error('its answer has no status');
  const token = textOf(status.token);
  const certificate = textOf(status.clientCertificateData);
  const key = textOf(status.clientKeyData);
  if ((certificate === undefined) !== (key === undefined)) {
    throw new Error('its answer has a certificate without its key, or the other way round');
  }
  if (token === undefined && certificate === undefined) {
    throw new Error('its answer has neither a token nor a certificate');
  }
  const expiresAtMs = earliest(expiry(status.expirationTimestamp), certificateExpiry(certificate));
  return {
    credentials: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
    },
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}

function parseAnswer(output: string): ValueOf<typeof ANSWER> {
  try {
    const answer = parseJson(output, ANSWER);
    if (answer !== undefined) return answer;
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
  }
  throw new Error('its answer is no JSON object');
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === '') return undefined;
  // A line break in it could not be sent in a header.
  if (typeof value !== 'string') throw new Error('its answer has something else where texts belong');
  return value.trim();
}

function expiry(value: unknown): number | undefined {
  const time = textOf(value);
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
