import { failure, type Status } from './status.ts';
import { ADMINS_GROUP, MASTERS_GROUP, type User } from './users.ts';

/** An action that RBAC allows or denies: a verb on a resource. */
export interface RequestAttributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** The namespace of the object. Empty if the action concerns the whole cluster. */
  readonly namespace: string;
  readonly name: string;
}

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

export interface AccessDecision {
  readonly isAllowed: boolean;
  readonly reason?: string;
}

interface Binding {
  readonly role: string;
  readonly subject: { readonly kind: 'User' | 'Group'; readonly name: string };
  /** The namespace of a RoleBinding. Undefined for a ClusterRoleBinding, which applies to all namespaces. */
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
}

const READ = ['get', 'list', 'watch'];
const READER: readonly PolicyRule[] = [
  { verbs: READ, apiGroups: [''], resources: ['pods', 'services', 'events', 'replicationcontrollers'] },
  { verbs: READ, apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  {
    verbs: READ,
    apiGroups: ['apps'],
    resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'],
  },
  { verbs: READ, apiGroups: ['batch'], resources: ['jobs'] },
];
const EVERYTHING: readonly PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
const FORWARD_GET: readonly PolicyRule[] = [rule('get', 'pods/portforward')];
const FORWARD_CREATE: readonly PolicyRule[] = [rule('create', 'pods/portforward')];
const DEVELOPER: readonly PolicyRule[] = [
  rule('delete', 'pods'),
  {
    verbs: ['patch', 'update'],
    apiGroups: ['apps'],
    resources: ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale'],
  },
];

const NAMESPACE = 'demo';
const BINDINGS: readonly Binding[] = [
  { role: 'cluster-admin', subject: { kind: 'Group', name: ADMINS_GROUP }, rules: EVERYTHING },
  ...['demo-developer', 'demo-getonly', 'demo-createonly', 'demo-viewer'].map((name) =>
    bind('reader', name, READER),
  ),
  bind('developer', 'demo-developer', DEVELOPER),
  bind('forward-get', 'demo-developer', FORWARD_GET),
  bind('forward-create', 'demo-developer', FORWARD_CREATE),
  bind('forward-get', 'demo-getonly', FORWARD_GET),
  bind('forward-create', 'demo-createonly', FORWARD_CREATE),
];

/** Returns whether the roles of the demo cluster allow an action. The reason has the wording of a real API server. */
export function authorize(user: User, wanted: RequestAttributes): AccessDecision {
  if (user.groups.includes(MASTERS_GROUP)) return { isAllowed: true };
  for (const binding of bindingsOf(user)) {
    if (binding.namespace !== undefined && binding.namespace !== wanted.namespace) continue;
    if (binding.rules.some((candidate) => allows(candidate, wanted))) {
      return { isAllowed: true, reason: explain(binding) };
    }
  }
  return { isAllowed: false };
}

/** Returns whether a user may use the admin endpoint of the demo cluster. */
export function isAdmin(user: User): boolean {
  return user.groups.includes(MASTERS_GROUP) || user.groups.includes(ADMINS_GROUP);
}

/** Returns the user's rules in a namespace, for the answer to a `SelfSubjectRulesReview`. */
export function rulesOf(user: User, namespace: string): readonly PolicyRule[] {
  if (user.groups.includes(MASTERS_GROUP)) return EVERYTHING;
  return bindingsOf(user)
    .filter((binding) => binding.namespace === undefined || binding.namespace === namespace)
    .flatMap((binding) => binding.rules);
}

/** Returns the status for a forbidden action, with the exact wording of a real API server. */
export function forbidden(user: User, wanted: RequestAttributes): Status {
  const kind = wanted.group === '' ? wanted.resource : `${wanted.resource}.${wanted.group}`;
  const subject = wanted.name === '' ? kind : `${kind} "${wanted.name}"`;
  const resource = wanted.subresource === '' ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  const scope = wanted.namespace === '' ? 'at the cluster scope' : `in the namespace "${wanted.namespace}"`;
  const message = `${subject} is forbidden: User "${user.name}" cannot ${wanted.verb} resource "${resource}" in API group "${wanted.group}" ${scope}`;
  return failure(403, 'Forbidden', message, {
    ...(wanted.name === '' ? {} : { name: wanted.name }),
    ...(wanted.group === '' ? {} : { group: wanted.group }),
    kind: wanted.resource,
  });
}

/**
 * Returns the response of Kubernetes 1.35 and later to a WebSocket request of a user without the verb `create`. As on a
 * real server, the message ends after the colon and contains no reason.
 */
export function forbiddenWithoutReason(wanted: RequestAttributes): Status {
  return failure(403, 'Forbidden', `${wanted.resource} "${wanted.name}" is forbidden: `, {
    name: wanted.name,
    kind: wanted.resource,
  });
}

function bindingsOf(user: User): readonly Binding[] {
  return BINDINGS.filter(({ subject }) =>
    subject.kind === 'User' ? subject.name === user.name : user.groups.includes(subject.name),
  );
}

function allows(candidate: PolicyRule, wanted: RequestAttributes): boolean {
  const resource = wanted.subresource === '' ? wanted.resource : `${wanted.resource}/${wanted.subresource}`;
  return (
    includes(candidate.verbs, wanted.verb) &&
    includes(candidate.apiGroups, wanted.group) &&
    includes(candidate.resources, resource)
  );
}

function includes(granted: readonly string[], wanted: string): boolean {
  return granted.includes('*') || granted.includes(wanted);
}

function explain({ role, subject, namespace }: Binding): string {
  const [kind, name] = namespace === undefined ? ['ClusterRole', role] : ['Role', `${role}/${namespace}`];
  return `RBAC: allowed by ${kind}Binding "${name}" of ${kind} "${role}" to ${subject.kind} "${subject.name}"`;
}

function rule(verb: string, resource: string): PolicyRule {
  return { verbs: [verb], apiGroups: [''], resources: [resource] };
}

function bind(role: string, user: string, rules: readonly PolicyRule[]): Binding {
  return { role, subject: { kind: 'User', name: user }, namespace: NAMESPACE, rules };
}
