import type { IncomingMessage } from 'node:http';
import { constants, gunzipSync } from 'node:zlib';
import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import { JsonError } from '../json/jsonError.ts';
import { parseJson } from '../json/readJson.ts';
import { integer, object, text, type ValueOf } from '../json/shape.ts';
import { redact } from './redaction.ts';
import type { RequestInfo } from './requestInfo.ts';
import type { RestConfig } from './restConfig.ts';

/**
 * How many bytes to read of the body of an error response. The rest is ignored. client-go's WebSocket client has the
 * same limit.
 */
const STATUS_LIMIT = 64 * 1024;

/** The fields that are read from Kubernetes' `Status` object. */
export const STATUS_FIELDS = {
  kind: text(),
  code: integer(),
  message: text(STATUS_LIMIT),
  reason: text(),
  details: object({ kind: text(), name: text(), retryAfterSeconds: integer(0) }),
};
const STATUS = object(STATUS_FIELDS);

/**
 * The reason why a request was refused: from Kubernetes' `Status` object if the API server answered, or from the
 * response of a proxy.
 */
export interface ApiStatus {
  /** The code in the `Status` object. If there is none, the HTTP status. */
  readonly code: number;
  /** A sentence that explains why the request was refused. Empty if the server gave no reason. */
  readonly message: string;
  /**
   * The machine-readable reason from Kubernetes, such as `NotFound`. Missing if the body is not a `Status` object.
   */
  readonly reason?: string;
  /** The resource that the status is about, as the server names it (`pods`). */
  readonly kind?: string;
  readonly name?: string;
  /** The number of seconds to wait before the request is sent again, as the server asks. */
  readonly retryAfterSeconds?: number;
}

/**
 * The API server, or a proxy, refused a request. To find out why, callers must use `status`: the message is only for
 * people.
 */
export class StatusError extends CodedError {
  readonly status: ApiStatus;

  constructor(status: ApiStatus, ...parameters: ConstructorParameters<typeof CodedError>) {
    super(...parameters);
    this.name = 'StatusError';
    this.status = status;
  }
}

/**
 * Returns true if the server answered with `code`. If `kind` is given (a resource such as `pods`), the answer must also
 * name this resource. A 404 that names the resource means that the object is missing. A 404 that does not name it may
 * mean that the server lacks the whole API of the resource.
 */
export function isStatus(error: unknown, code: number, kind?: string): error is StatusError {
  return (
    error instanceof StatusError &&
    error.status.code === code &&
    (kind === undefined || error.status.kind === kind)
  );
}

/**
 * Reads the reason from the response to a refused request. Reads at most `limit` bytes of the body, and destroys a
 * longer response. Never rejects, because even an incomplete response has an HTTP status.
 */
export async function readStatus(
  response: IncomingMessage,
  limit: number = STATUS_LIMIT,
): Promise<ApiStatus> {
  const code = response.statusCode ?? 0;
  const retryAfter = Number(response.headers['retry-after']);
  const retry = Number.isInteger(retryAfter) && retryAfter >= 0 ? { retryAfterSeconds: retryAfter } : {};
  const body = await readText(response, limit);
  const status = parseStatus(body);
  if (status !== undefined) return { ...toApiStatus(status, code), ...retry };
  // The body is not a `Status` object, so a proxy probably sent it. Uses only plain text as the message, because many
  // proxies send HTML, which people cannot read.
  const isPlain = response.headers['content-type']?.startsWith('text/plain') ?? false;
  const line = isPlain ? (body.trim().split(/\r?\n/, 1)[0] ?? '') : '';
  return { code, message: withoutCredentials(line || (response.statusMessage ?? '')), ...retry };
}

// Matches credentials by their form. Some proxies repeat the request in an error, with its `Authorization` header
// (RFC 9110 section 11.6.2): `Bearer` and a token (RFC 6750), or `Basic` and a password (RFC 7617). Some plugins
// print what they return: tokens with a name in JSON or in a form (RFC 6749), JSON Web Tokens (RFC 7519), and tokens
// for EKS, which begin with `k8s-aws-v1.`.
const ECHOED_CREDENTIALS = new RegExp(
  [
    /\b(bearer|basic)\s+[\w.~+/=:-]+/,
    /\b((?:proxy-)?authorization["']?\s*[:=]\s*)["']?(?!bearer|basic)[^\s"',]+/,
    /(?<![?&])\b((?:(?:access|refresh|id)_?)?token["']?\s*[:=]\s*)["']?[^\s"',;&]{16,}["']?/,
    /\b(?:eyJ|k8s-aws-v1\.)[\w-]{8,}(?:\.[\w-]+)*/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
);

/**
 * Removes all text that has the form of credentials, even if this program has never used them. In contrast,
 * {@link redact} removes credentials of any form, but only those that this program has used.
 */
export function withoutCredentials(text: string): string {
  return text.replace(ECHOED_CREDENTIALS, (_echo, ...groups: unknown[]) => {
    const kept = groups.slice(0, 3).find((group) => typeof group === 'string') ?? '';
    return `${kept} [redacted]`.trimStart();
  });
}

/** Removes the credentials of the config from all texts of a status, because a server may repeat them in any text. */
export function redactedStatus(config: RestConfig, status: ApiStatus): ApiStatus {
  const { message, reason, kind, name } = status;
  return {
    ...status,
    message: redact(config, message),
    ...(reason !== undefined && { reason: redact(config, reason) }),
    ...(kind !== undefined && { kind: redact(config, kind) }),
    ...(name !== undefined && { name: redact(config, name) }),
  };
}

/**
 * Converts Kubernetes' `Status` object from a response, or from an `ERROR` event of a watch.
 * @param httpStatus the code to use if the object contains none
 */
export function toApiStatus(status: ValueOf<typeof STATUS>, httpStatus: number): ApiStatus {
  const { code = httpStatus, message = '', reason, details: { kind, name, retryAfterSeconds } = {} } = status;
  return {
    code,
    message: withoutCredentials(message),
    ...defined({ reason, kind, name, retryAfterSeconds }),
  };
}

/**
 * Returns the coded error for a refused request: `UNAUTHORIZED`, `FORBIDDEN`, `FORBIDDEN_CLUSTER_WIDE` for a request
 * without a namespace, or `API_ERROR` otherwise. Callers may turn an `API_ERROR` into a more precise error, such as
 * `POD_NOT_FOUND`.
 * @param info the verb and resource of the request. Optional; without it, a 403 becomes an `API_ERROR`
 */
export function statusError(config: RestConfig, answer: ApiStatus, info?: RequestInfo): StatusError {
  const server = config.server.origin;
  const status = redactedStatus(config, answer);
  if (status.code === 401) {
    return new StatusError(status, 'UNAUTHORIZED', { server, user: config.credentials.user });
  }
  if (status.code === 403 && info !== undefined) return forbiddenError(config, status, info);
  const reason = status.message.trim() || status.reason || 'no reason given';
  return new StatusError(status, 'API_ERROR', { server, status: status.code, reason });
}

function forbiddenError(config: RestConfig, status: ApiStatus, info: RequestInfo): StatusError {
  const isExplained = hasReason(status.message);
  const verb = isExplained ? info.verb : (info.additionalVerb ?? info.verb);
  const reason = isExplained
    ? status.message.trim()
    : verb === info.verb
      ? 'the server gave no reason'
      : `this version of Kubernetes requires ${info.verb} and ${verb}`;
  const user = config.impersonate?.user ?? config.credentials.user;
  const common = { user, verb, resource: info.resource, reason, rule: grantingRule(verb, info) };
  if (info.namespace === undefined) return new StatusError(status, 'FORBIDDEN_CLUSTER_WIDE', common);
  return new StatusError(status, 'FORBIDDEN', { ...common, namespace: info.namespace });
}

/** Returns the RBAC rule that allows the request, in the form in which a Role contains it. */
export function grantingRule(verb: string, info: Pick<RequestInfo, 'group' | 'resource'>): string {
  const group = info.group === '' ? '' : `, apiGroups: ["${info.group}"]`;
  return `verbs: ["${verb}"], resources: ["${info.resource}"]${group}`;
}

/**
 * Returns true if the message of a 403 gives a reason. Some messages of Kubernetes 1.36 end at the colon, without a
 * reason: `pods "echo" is forbidden: `.
 */
function hasReason(message: string): boolean {
  const text = message.trim();
  return text !== '' && !text.endsWith(':');
}

function parseStatus(body: string): ValueOf<typeof STATUS> | undefined {
  try {
    const status = parseJson(body, STATUS);
    return status?.kind === 'Status' ? status : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

async function readText(response: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      // Leaving the loop destroys the response, so no more of the body is received.
      if (size > limit) break;
    }
  } catch {
    // The response ended too early: the connection was lost, or the caller destroyed the response at its time limit.
    // Uses the part of the body that has arrived.
  }
  return decode(Buffer.concat(chunks), response.headers['content-encoding'], limit).toString('utf8');
}

/**
 * Decompresses the body of an error response, or the part of the body that has arrived. Some proxies compress even
 * short bodies. Returns an empty body if the decompression fails.
 */
function decode(body: Buffer, encoding: string | undefined, limit: number): Buffer {
  if (encoding !== 'gzip') return body;
  try {
    return gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: limit });
  } catch {
    return Buffer.alloc(0);
  }
}
