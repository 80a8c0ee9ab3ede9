import type { ResourceKey } from './objects/types.ts';

/** The properties of a resource that discovery responses and URLs contain. */
export interface ResourceDefinition {
  readonly key: ResourceKey;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
  readonly isInAll: boolean;
  readonly subresources: readonly SubresourceDefinition[];
}

export interface SubresourceDefinition {
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
  /** The API group of the subresource's kind, if it differs from the group of the resource. Optional. */
  readonly group?: string;
}

const READ = ['get', 'list', 'watch'] as const;
const WRITE = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] as const;
const SCALE: SubresourceDefinition = {
  name: 'scale',
  kind: 'Scale',
  verbs: ['get', 'patch', 'update'],
  group: 'autoscaling',
};

/** The resources that every API server has, in the order of discovery. */
const BUILT_IN: readonly ResourceDefinition[] = [
  core('namespaces', 'namespace', 'Namespace', ['ns'], { isNamespaced: false }),
  core('nodes', 'node', 'Node', ['no'], { isNamespaced: false }),
  core('pods', 'pod', 'Pod', ['po'], {
    verbs: WRITE,
    isInAll: true,
    subresources: [{ name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] }],
  }),
  core('services', 'service', 'Service', ['svc'], { verbs: WRITE, isInAll: true }),
  core('events', 'event', 'Event', ['ev']),
  core('replicationcontrollers', 'replicationcontroller', 'ReplicationController', ['rc'], {
    verbs: WRITE,
    isInAll: true,
  }),
  define('endpointslices.discovery.k8s.io', 'discovery.k8s.io', 'endpointslice', 'EndpointSlice', []),
  define('deployments.apps', 'apps', 'deployment', 'Deployment', ['deploy'], {
    verbs: WRITE,
    isInAll: true,
    subresources: [SCALE],
  }),
  define('replicasets.apps', 'apps', 'replicaset', 'ReplicaSet', ['rs'], { verbs: WRITE, isInAll: true }),
  define('statefulsets.apps', 'apps', 'statefulset', 'StatefulSet', ['sts'], {
    verbs: WRITE,
    isInAll: true,
    subresources: [SCALE],
  }),
  define('daemonsets.apps', 'apps', 'daemonset', 'DaemonSet', ['ds'], { verbs: WRITE, isInAll: true }),
  define('jobs.batch', 'batch', 'job', 'Job', [], { isInAll: true }),
];

/** The resource that Argo Rollouts adds with a CustomResourceDefinition. */
const ARGO_ROLLOUTS: readonly ResourceDefinition[] = [
  define('rollouts.argoproj.io', 'argoproj.io', 'rollout', 'Rollout', ['ro'], { version: 'v1alpha1' }),
];

/** The resources that the API server of a demo cluster serves. */
export class ServedResources {
  readonly all: readonly ResourceDefinition[];
  readonly #byPath: ReadonlyMap<string, ResourceDefinition>;

  constructor({ hasArgoRollouts }: { readonly hasArgoRollouts: boolean }) {
    this.all = hasArgoRollouts ? [...BUILT_IN, ...ARGO_ROLLOUTS] : BUILT_IN;
    this.#byPath = new Map(this.all.map((definition) => [pathKey(definition), definition]));
  }

  /** Returns the resource with this group, version and plural name from a URL. @param group empty for the core group */
  find(group: string, version: string, plural: string): ResourceDefinition | undefined {
    return this.#byPath.get(pathKey({ group, version, plural }));
  }
}

/** Returns the API version of a resource: `v1` for the core group, or a text such as `apps/v1`. */
export function groupVersion(definition: { readonly group: string; readonly version: string }): string {
  return definition.group === '' ? definition.version : `${definition.group}/${definition.version}`;
}

function pathKey(of: { readonly group: string; readonly version: string; readonly plural: string }): string {
  return `${of.group}/${of.version}/${of.plural}`;
}

type Extras = Partial<
  Pick<ResourceDefinition, 'isNamespaced' | 'verbs' | 'isInAll' | 'subresources' | 'version'>
>;

function core(
  key: ResourceKey,
  singular: string,
  kind: string,
  shortNames: readonly string[],
  extras: Extras = {},
): ResourceDefinition {
  return define(key, '', singular, kind, shortNames, extras);
}

function define(
  key: ResourceKey,
  group: string,
  singular: string,
  kind: string,
  shortNames: readonly string[],
  extras: Extras = {},
): ResourceDefinition {
  const plural = key.split('.', 1)[0] ?? key;
  return {
    key,
    group,
    version: 'v1',
    plural,
    singular,
    kind,
    shortNames,
    isNamespaced: true,
    verbs: READ,
    isInAll: false,
    subresources: [],
    ...extras,
  };
}
