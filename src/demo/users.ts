import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PeerCertificate } from 'node:tls';
import type { CertificateAuthority, KeyPairPem } from './certificates.ts';

/** What the API server knows about the user who sent a request. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/**
 * The users of every demo cluster, in the order of the contexts in the kubeconfig. The first user's context is the
 * current one.
 */
export const DEMO_USERS = [
  'demo-admin',
  'demo-developer',
  'demo-getonly',
  'demo-createonly',
  'demo-viewer',
  'demo-certificate',
] as const;

export type DemoUserName = (typeof DEMO_USERS)[number];

/** How a demo user authenticates. */
export type DemoCredential =
  | { readonly type: 'token'; readonly token: string }
  | { readonly type: 'certificate'; readonly keyPair: KeyPairPem };

export interface DemoUser extends User {
  readonly name: DemoUserName;
  readonly credential: DemoCredential;
}

/** Members of this group may do everything, even without a role, as in Kubernetes. */
export const MASTERS_GROUP = 'system:masters';
/** The group that is bound to `cluster-admin`, the role with all permissions. */
export const ADMINS_GROUP = 'demo:admins';
const AUTHENTICATED_GROUP = 'system:authenticated';
const TOKEN_BYTES = 24;

export const ANONYMOUS: User = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Creates the users of a demo cluster, with new tokens and a new client certificate. */
export async function createUsers(authority: CertificateAuthority): Promise<readonly DemoUser[]> {
  const keyPair = await authority.issueClient('demo-certificate', [ADMINS_GROUP]);
  return DEMO_USERS.map((name) => ({
    name,
    groups: groupsOf(name),
    credential:
      name === 'demo-certificate'
        ? { type: 'certificate', keyPair }
        : { type: 'token', token: randomBytes(TOKEN_BYTES).toString('base64url') },
  }));
}

function groupsOf(name: DemoUserName): readonly string[] {
  if (name === 'demo-admin') return [MASTERS_GROUP, AUTHENTICATED_GROUP];
  if (name === 'demo-certificate') return [ADMINS_GROUP, AUTHENTICATED_GROUP];
  return [AUTHENTICATED_GROUP];
}

/** The client certificate of a TLS connection, and whether the cluster's certificate authority issued it. */
export interface PeerIdentity {
  readonly isTrusted: boolean;
  readonly certificate: PeerCertificate | undefined;
}

/**
 * Returns the user who sent a request. Returns undefined if the credential is invalid, so that the server responds with
 * 401.
 */
export function authenticate(
  users: readonly DemoUser[],
  headers: IncomingHttpHeaders,
  peer: PeerIdentity,
): User | undefined {
  const { certificate } = peer;
  if (certificate !== undefined && peer.isTrusted) return certificateUser(certificate);
  const authorization = headers.authorization;
  // A request without any credential is from an anonymous user. A request with a certificate of an unknown authority is
  // rejected, because such a certificate is an invalid credential.
  if (authorization === undefined) return certificate === undefined ? ANONYMOUS : undefined;
  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (token === undefined) return undefined;
  return users.find(({ credential }) => credential.type === 'token' && isSameSecret(credential.token, token));
}

function certificateUser({ subject }: PeerCertificate): User {
  const organizations = subject.O ?? [];
  const groups = Array.isArray(organizations) ? organizations : [organizations];
  return { name: single(subject.CN), groups: [...groups, AUTHENTICATED_GROUP] };
}

/** Returns the user whom the header `Impersonate-User` names, or undefined without that header. */
export function impersonatedUser(headers: IncomingHttpHeaders): User | undefined {
  const name = headers['impersonate-user'];
  if (typeof name !== 'string' || name === '') return undefined;
  const groups = headers['impersonate-group'];
  // A client sends one header for each group, and Node joins the values with commas. Splits the values again.
  const given = typeof groups === 'string' ? groups.split(',').map((group) => group.trim()) : [];
  return { name, groups: [...given, AUTHENTICATED_GROUP] };
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

function isSameSecret(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}
