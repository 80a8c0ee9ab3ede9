import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { timestamp } from '../duration.ts';
import type { ServerEnvironment } from '../environment.ts';
import { authorize, forbidden, type RequestAttributes } from '../rbac.ts';
import { ApiStatusError, injected, pathNotFound, unauthorized } from '../status.ts';
import { ANONYMOUS, authenticate, impersonatedUser, type PeerIdentity, type User } from '../users.ts';
import { parseResourceRequest, type ResourceRequest } from './requestInfo.ts';

/** A request that {@link admit} accepted. */
export interface AdmittedRequest {
  readonly message: IncomingMessage;
  /** The URL without the server's path prefix. */
  readonly url: URL;
  readonly user: User;
  /** The requested resource. Undefined if the path does not name a resource. For example, `/version` does not. */
  readonly resource: ResourceRequest | undefined;
}

/** Paths that anonymous users may read. In Kubernetes, the ClusterRole `system:public-info-viewer` allows this. */
const PUBLIC_PATHS = new Set(['/version', '/healthz', '/livez', '/readyz']);

/**
 * Returns the URL of a request without the path prefix of the server. Returns undefined if the URL is invalid or does
 * not start with the prefix.
 */
export function urlBelowPrefix(message: IncomingMessage, prefix: string): URL | undefined {
  if (!URL.canParse(message.url ?? '/', 'https://demo')) return undefined;
  const url = new URL(message.url ?? '/', 'https://demo');
  if (prefix === '') return url;
  if (url.pathname !== prefix && !url.pathname.startsWith(`${prefix}/`)) return undefined;
  url.pathname = url.pathname.slice(prefix.length);
  return url;
}

/**
 * Decides whether a handler may answer a request. Applies faults (simulated failures) first, then checks the
 * credentials and the permissions.
 * @throws ApiStatusError with the response to send if the request is not accepted
 */
export function admit(environment: ServerEnvironment, message: IncomingMessage, url: URL): AdmittedRequest {
  const resource = parseResourceRequest(message.method ?? 'GET', url, environment.resources);
  const user = authenticateMessage(environment, message);
  const fault = environment.faults.takeAnswer({
    verb: resource?.verb ?? (message.method ?? '').toLowerCase(),
    path: url.pathname,
    user: user?.name ?? '',
  });
  if (fault !== undefined) {
    const { status, retryAfterSeconds } = fault;
    throw new ApiStatusError(
      injected(status, retryAfterSeconds),
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
    );
  }
  if (user === undefined) throw new ApiStatusError(unauthorized());
  const acting = impersonate(user, message);
  if (resource !== undefined) demandAccess(acting, attributesOf(resource));
  else demandPath(acting, url.pathname);
  return { message, url, user: acting, resource };
}

export function attributesOf({
  resource,
  verb,
  namespace,
  name,
  subresource,
}: ResourceRequest): RequestAttributes {
  return {
    verb,
    group: resource.group,
    resource: resource.plural,
    subresource,
    // Kubernetes checks a request for a Namespace object as if the object were inside the namespace of the same name. A
    // Role in this namespace can then allow the request.
    namespace: resource.key === 'namespaces' ? name : namespace,
    name,
  };
}

/** Checks that a user has a permission. @throws ApiStatusError 403, with the message of a real API server */
export function demandAccess(user: User, attributes: RequestAttributes): void {
  if (!authorize(user, attributes).isAllowed) throw new ApiStatusError(forbidden(user, attributes));
}

/** Adds a request and its response status to the audit log. */
export function audit(
  { activity, resources }: ServerEnvironment,
  message: IncomingMessage,
  url: URL,
  user: string,
  status: number,
): void {
  const request = parseResourceRequest(message.method ?? 'GET', url, resources);
  const plural = request?.resource.plural ?? '';
  activity.record({
    time: timestamp(),
    user,
    userAgent: message.headers['user-agent'] ?? '',
    method: message.method ?? '',
    path: `${url.pathname}${url.search}`,
    verb: request?.verb ?? '',
    resource: request?.subresource ? `${plural}/${request.subresource}` : plural,
    namespace: request?.namespace ?? '',
    name: request?.name ?? '',
    status,
  });
}

/**
 * Returns the user whom the credentials of a request identify, or undefined if the credentials are invalid. Does not
 * check permissions.
 */
export function authenticateMessage(
  { users, authority }: ServerEnvironment,
  message: IncomingMessage,
): User | undefined {
  return authenticate(users, message.headers, peerIdentity(message, authority.certificate));
}

function impersonate(user: User, message: IncomingMessage): User {
  const acting = impersonatedUser(message.headers);
  if (acting === undefined) return user;
  demandAccess(user, {
    verb: 'impersonate',
    group: '',
    resource: 'users',
    subresource: '',
    namespace: '',
    name: acting.name,
  });
  return acting;
}

function demandPath(user: User, path: string): void {
  if (user !== ANONYMOUS || PUBLIC_PATHS.has(path)) return;
  const message = `forbidden: User "${user.name}" cannot get path "${path}"`;
  throw new ApiStatusError({ ...pathNotFound(), reason: 'Forbidden', message, code: 403 });
}

function peerIdentity(message: IncomingMessage, authority: string): PeerIdentity {
  const { socket } = message;
  const raw = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (raw === undefined || !(socket instanceof TLSSocket))
    return { isTrusted: false, certificate: undefined };
  const issuer = new X509Certificate(authority);
  const now = Date.now();
  const isTrusted =
    raw.checkIssued(issuer) &&
    raw.verify(issuer.publicKey) &&
    Date.parse(raw.validFrom) <= now &&
    Date.parse(raw.validTo) >= now;
  return { isTrusted, certificate: socket.getPeerCertificate() };
}
