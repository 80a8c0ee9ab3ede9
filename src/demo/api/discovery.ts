import type { KubernetesVersion } from '../environment.ts';
import { groupVersion, type ResourceDefinition, type ServedResources } from '../resources.ts';
import { type ApiResponse, json } from './response.ts';

const META_V1 = { group: 'meta.k8s.io', version: 'v1' };
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

const REVIEWS = ['SelfSubjectAccessReview', 'SelfSubjectRulesReview'] as const;
/**
 * The API group of reviews. With a review, such as a SelfSubjectAccessReview, users ask about their own permissions.
 * This group is not in {@link ServedResources}, because reviews are not stored objects.
 */
const REVIEW_GROUP = 'authorization.k8s.io';

type Definitions = readonly ResourceDefinition[];

/**
 * Answers discovery requests: `/api`, `/apis` and their subpaths, in the plain or the aggregated format. Returns
 * undefined for other paths.
 */
export function discover(
  path: string,
  accept: string | undefined,
  host: string,
  { all }: ServedResources,
): ApiResponse | undefined {
  const isAggregated = accept?.includes('as=APIGroupDiscoveryList') ?? false;
  switch (path) {
    case '/api':
      if (isAggregated) return aggregated(all, ['']);
      return json({
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: host }],
      });
    case '/apis':
      if (isAggregated) return aggregated(all, groupsOf(all));
      return json({
        kind: 'APIGroupList',
        apiVersion: 'v1',
        groups: groupsOf(all).map((group) => apiGroup(all, group)),
      });
    case '/api/v1':
      return json(resourceList(all, 'v1', ''));
    default:
      return discoverGroup(all, path);
  }
}

/** Answers `/version` in the format of a real API server. */
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

/** Returns the names of all API groups that `/apis` lists: all except the core group. */
function groupsOf(all: Definitions): readonly string[] {
  const groups = [...new Set(all.map(({ group }) => group))].filter((group) => group !== '');
  return [...groups, REVIEW_GROUP];
}

/** Returns the version of an API group. In the demo cluster, each group has one version. */
function versionOf(all: Definitions, group: string): string {
  return all.find((definition) => definition.group === group)?.version ?? 'v1';
}

function discoverGroup(all: Definitions, path: string): ApiResponse | undefined {
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (group === undefined || !groupsOf(all).includes(group)) return undefined;
  if (version === undefined) return json({ ...apiGroup(all, group), kind: 'APIGroup', apiVersion: 'v1' });
  if (version !== versionOf(all, group)) return undefined;
  return json(resourceList(all, `${group}/${version}`, group));
}

function apiGroup(all: Definitions, name: string) {
  const version = versionOf(all, name);
  const preferred = { groupVersion: `${name}/${version}`, version };
  return { name, versions: [preferred], preferredVersion: preferred };
}

function resourceList(all: Definitions, listVersion: string, group: string): unknown {
  const resources =
    group === REVIEW_GROUP
      ? REVIEWS.map((kind) => ({
          name: `${kind.toLowerCase()}s`,
          singularName: kind.toLowerCase(),
          namespaced: false,
          kind,
          verbs: ['create'],
        }))
      : all.filter((definition) => definition.group === group).flatMap(plainResources);
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

function aggregated(all: Definitions, groups: readonly string[]): ApiResponse {
  const items = groups.map((name) => ({
    metadata: { name: name === '' ? undefined : name, creationTimestamp: null },
    versions: [
      { version: versionOf(all, name), freshness: 'Current', resources: aggregatedResources(all, name) },
    ],
  }));
  const body = { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
  return json(body, 200, AGGREGATED);
}

function aggregatedResources(all: Definitions, group: string): readonly unknown[] {
  if (group === REVIEW_GROUP) {
    return REVIEWS.map((kind) => ({
      resource: `${kind.toLowerCase()}s`,
      responseKind: { group: REVIEW_GROUP, version: 'v1', kind },
      scope: 'Cluster',
      singularResource: kind.toLowerCase(),
      verbs: ['create'],
    }));
  }
  return all
    .filter((definition) => definition.group === group)
    .map((definition) => ({
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
 * Answers requests for the OpenAPI description. `/openapi/v2` is empty, and `/openapi/v3` describes only the `patch`
 * operations. Because they have the query parameter `fieldValidation`, kubectl does not validate fields itself, but
 * relies on the server. Returns undefined for other paths.
 */
export function openApi(path: string, { all }: ServedResources): ApiResponse | undefined {
  const info = { title: 'Kubernetes', version: groupVersion(META_V1) };
  if (path === '/openapi/v2') return json({ swagger: '2.0', info, paths: {}, definitions: {} });
  const roots = new Map(all.map((each) => [apiRoot(each), each]));
  if (path === '/openapi/v3') {
    const links = [...roots.keys()].map((root) => [
      root,
      { serverRelativeURL: `/openapi/v3/${root}?hash=1` },
    ]);
    return json({ paths: Object.fromEntries(links) });
  }
  const root = path.replace('/openapi/v3/', '');
  if (!roots.has(root)) return undefined;
  const described = all.filter((each) => apiRoot(each) === root);
  return json({ openapi: '3.0.0', info, paths: Object.fromEntries(described.map(patchPath)) });
}

function apiRoot(definition: ResourceDefinition): string {
  return `${definition.group === '' ? 'api' : 'apis'}/${groupVersion(definition)}`;
}

/**
 * Describes the `patch` operation of a resource, with the query parameter `fieldValidation`. kubectl looks for this
 * parameter: if the parameter is present, the server validates the fields of an object, not kubectl.
 */
function patchPath(definition: ResourceDefinition): readonly [path: string, item: unknown] {
  const { plural, kind } = definition;
  const patch = {
    parameters: [{ name: 'fieldValidation', in: 'query', schema: { type: 'string' } }],
    responses: {},
    'x-kubernetes-group-version-kind': responseKind(definition, kind),
  };
  return [`/${apiRoot(definition)}/namespaces/{namespace}/${plural}/{name}`, { patch }];
}
