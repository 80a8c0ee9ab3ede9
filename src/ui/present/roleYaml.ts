import { KINDS, type KindInfo } from '../../kinds/targetKinds.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';

interface Rule {
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ['get', 'list', 'watch'];
/** The kinds that every cluster has, apart from pods. */
const BUILT_IN = Object.values<KindInfo>(KINDS).filter(
  (kind) => kind !== KINDS.pod && kind.isCustom !== true,
);

/**
 * The permissions that a user needs to forward in a namespace. The first two rules are enough for pods. The role in
 * docs/roles.md is generated from these rules.
 */
export const FORWARD_RULES: readonly Rule[] = [
  { apiGroup: '', resources: ['pods/portforward'], verbs: ['get', 'create'] },
  { apiGroup: '', resources: [KINDS.pod.plural], verbs: READ },
  ...[...new Set(BUILT_IN.map(({ group }) => group))].map((apiGroup) => ({
    apiGroup,
    resources: BUILT_IN.filter(({ group }) => group === apiGroup).map(({ plural }) => plural),
    verbs: READ,
  })),
];

/**
 * Returns the manifest of a role that grants a missing permission. For `FORBIDDEN`, this is a Role for one namespace
 * with all permissions for forwarding and the missing permission. For `FORBIDDEN_CLUSTER_WIDE`, it is a ClusterRole
 * with only the missing permission. Undefined for other errors.
 */
export function roleYaml({ code, arguments: args }: ErrorInfo): string | undefined {
  const resource = String(args['resource'] ?? '');
  const missing: Rule = {
    apiGroup: /apiGroups: \["([^"]*)"\]/.exec(String(args['rule'] ?? ''))?.[1] ?? '',
    resources: [resource],
    // The error may name several verbs, as in `get or create`. The role grants all of them, even if one would be
    // enough.
    verbs: String(args['verb'] ?? '').split(/ (?:or|and) /),
  };
  if (code === 'FORBIDDEN_CLUSTER_WIDE') {
    return manifest('ClusterRole', [`name: ${quoted(`read-${resource}`)}`], [missing], missing);
  }
  if (code !== 'FORBIDDEN') return undefined;
  const metadata = ['name: "port-forward"', `namespace: ${quoted(String(args['namespace'] ?? ''))}`];
  const isKnown = FORWARD_RULES.some(
    (rule) => rule.resources.includes(resource) && missing.verbs.every((verb) => rule.verbs.includes(verb)),
  );
  return manifest('Role', metadata, isKnown ? FORWARD_RULES : [...FORWARD_RULES, missing], missing);
}

function manifest(kind: string, metadata: readonly string[], rules: readonly Rule[], missing: Rule): string {
  return [
    `# Missing: ${list(missing.verbs)} on ${list(missing.resources)}`,
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    'metadata:',
    ...metadata.map((line) => `  ${line}`),
    'rules:',
    ...rulesYaml(rules),
    '',
  ].join('\n');
}

/** Returns the lines of the rules, as they follow `rules:` in the manifest of a role. */
export function rulesYaml(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ apiGroup, resources, verbs }) => [
    `  - apiGroups: [${quoted(apiGroup)}]`,
    `    resources: ${list(resources)}`,
    `    verbs: ${list(verbs)}`,
  ]);
}

function list(values: readonly string[]): string {
  return `[${values.map(quoted).join(', ')}]`;
}

/**
 * Returns the text as a quoted YAML string on one line. JSON can be used for this, because every JSON string is also a
 * YAML string.
 */
function quoted(text: string): string {
  return JSON.stringify(text);
}
