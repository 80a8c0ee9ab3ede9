import type { KubernetesVersion } from '../environment.ts';
import { groupVersion, RESOURCES, type ResourceDefinition } from '../resources.ts';
import { type ApiResponse, json } from './response.ts';

const META_V1 = { group: 'meta.k8s.io', version: 'v1' };
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Groups besides the core one, with `authorization.k8s.io`, which has reviews only. */
const GROUPS = [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== '');
const REVIEWS = ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'] as const;
const REVIEW_GROUP = 'authorization.k8s.io';

/** Answers `/api`, `/apis` and what is below them, in the plain and the aggregated form; `undefined` for other paths. */
export function discover(path: string, accept: string | undefined, host: string): ApiResponse | undefined {
  const isAggregated = accept?.includes('as=APIGroupDiscoveryList') ?? false;
  switch (path) {
    case '/api':
      if (isAggregated) return aggregated(['']);
      return json({
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
      });
    case '/apis':
      if (isAggregated) return aggregated([...GROUPS, REVIEW_GROUP]);
      return json({
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: [...GROUPS, REVIEW_GROUP].map(apiGroup),
      });
    case '/api/v1':
      return json(resourceList('v1', ''));
    default:
      return discoverGroup(path);
  }
}

/** Answers `/version` as the recorded server does. */
export function versionInfo({ major, minor }: KubernetesVersion): ApiResponse {
  return json({
    major: String(major),
    minor: String(minor),
    gitVersion: `v${major}.${minor}.0`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.24.4',
    compiler: 'gc',
    platform: 'linux/amd64',
  });
}

function discoverGroup(path: string): ApiResponse | undefined {
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (group === undefined || ![...GROUPS, REVIEW_GROUP].includes(group)) return undefined;
  if (version === undefined) return json({ ...apiGroup(group), kind: 'APIGroup', apiVersion: 'v1' });
  return version === 'v1' ? json(resourceList(`${group}/v1`, group)) : undefined;
}

function apiGroup(name: string) {
  const preferred = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [preferred], preferredVersion: preferred };
}

function resourceList(listVersion: string, group: string): unknown {
  const resources =
    group === REVIEW_GROUP
      ? REVIEWS.map((kind) => ({
          name: `${kind.toLowerCase()}s`,
          singularName: kind.toLowerCase(),
          namespaced: false,
          kind,
          verbs: ['create'],
        }))
      : RESOURCES.filter((definition) => definition.group === group).flatMap(plainResources);
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: listVersion, resources };
}

function plainResources(definition: ResourceDefinition): readonly unknown[] {
  const { plural, singular, isNamespaced, kind, verbs, shortNames, isInAll, subresources } = definition;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced: isNamespaced,
      kind,
      verbs,
      ...(shortNames.length === 0 ? {} : { shortNames }),
      ...(isInAll ? { categories: ['all'] } : {}),
    },
    ...subresources.map((subresource) => ({
      name: `${plural}/${subresource.name}`,
      singularName: '',
      namespaced: isNamespaced,
      ...(subresource.group === undefined ? {} : { group: subresource.group, version: 'v1' }),
      kind: subresource.kind,
      verbs: subresource.verbs,
    })),
  ];
}

function aggregated(groups: readonly string[]): ApiResponse {
  const items = groups.map((name) => ({
    metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
    versions: [{ version: 'v1', freshness: 'Current', resources: aggregatedResources(name) }],
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  return json(body, 200, AGGREGATED);
}

function aggregatedResources(group: string): readonly unknown[] {
  if (group === REVIEW_GROUP) {
    return REVIEWS.map((kind) => ({
      resource: `${kind.toLowerCase()}s`,
      responseKind: { group: REVIEW_GROUP, version: 'v1', kind },
      scope: 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    }));
  }
  return RESOURCES.filter((definition) => definition.group === group).map((definition) => ({
    resource: definition.plural,
    responseKind: responseKind(definition, definition.kind),
    scope: definition.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: definition.singular,
    verbs: definition.verbs,
    ...(definition.shortNames.length === 0 ? {} : { shortNames: definition.shortNames }),
    ...(definition.isInAll ? { categories: ['all'] } : {}),
    subresources: definition.subresources.map((subresource) => ({
      subresource: subresource.name,
      responseKind: { ...responseKind(definition, subresource.kind), ...ownGroup(subresource.group) },
      verbs: subresource.verbs,
    })),
  }));
}

function responseKind({ group, version }: ResourceDefinition, kind: string) {
  return { group, version, kind };
}

function ownGroup(group: string | undefined): { readonly group?: string } {
  return group === undefined ? {} : { group };
}

/**
 * Answers `/openapi/v3` with as much as makes kubectl leave the checking of fields to the server, and `/openapi/v2` with no schemas
 * at all.
 */
export function openApi(path: string): ApiResponse | undefined {
  const info = { title: 'Kubernetes', version: groupVersion(META_V1) };
  if (path === '/openapi/v2') return json({ swagger: '2.0', info, paths: {}, definitions: {} });
  const roots = new Map(RESOURCES.map((each) => [apiRoot(each), each]));
  if (path === '/openapi/v3') {
    const links = [...roots.keys()].map((root) => [
      root,
      { serverRelativeURL: `/openapi/v3/${root}?hash=1` },
    ]);
    return json({ paths: Object.fromEntries(links) });
  }
  const root = path.replace('/openapi/v3/', '');
  if (!roots.has(root)) return undefined;
  const described = RESOURCES.filter((each) => apiRoot(each) === root);
  return json({ openapi: '3.0.0', info, paths: Object.fromEntries(described.map(patchPath)) });
}

function apiRoot(definition: ResourceDefinition): string {
  return `${definition.group === '' ? 'api' : 'apis'}/${groupVersion(definition)}`;
}

/** kubectl looks for the parameter `fieldValidation` of a kind's `patch`. */
function patchPath(definition: ResourceDefinition): readonly [path: string, item: unknown] {
  const { plural, kind } = definition;
  const patch = {
    parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
    responses: {},
    'x-kubernetes-group-version-kind': responseKind(definition, kind),
  };
  return [`/${apiRoot(definition)}/namespaces/{namespace}/${plural}/{name}`, { patch }];
}
