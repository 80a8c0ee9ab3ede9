import type { ValueOf } from '../json/shape.ts';
import { KINDS, type KindInfo, type TargetKind } from '../kinds/targetKinds.ts';
import type { OBJECT_SHAPES } from './objectShapes.ts';

/** What is known of an object of the API, by the plural of its kind. */
export type ResourceTypes = {
  readonly [R in keyof typeof OBJECT_SHAPES]: ValueOf<(typeof OBJECT_SHAPES)[R]['object']>;
};

export type Pod = ResourceTypes['pods'];
export type Service = ResourceTypes['services'];
export type Namespace = ResourceTypes['namespaces'];
export type Workload = ResourceTypes['deployments'];
export type Rollout = ResourceTypes['rollouts'];

export type Resource = keyof ResourceTypes;

/** The plural of a kind in the API's paths. */
export function resourceOf(kind: TargetKind): Resource {
  return KINDS[kind].plural;
}

/** What every object in the API has. */
export type ApiObject = Pick<Pod, 'metadata'>;

/** Tells objects of one kind apart, also those of one name that come after each other. */
export function keyOf({ metadata: { uid, namespace, name } }: ApiObject): string {
  return uid ?? `${namespace}/${name}`;
}

/** What is read besides the kinds of targets. */
const OTHER_ROOTS = { namespaces: '/api/v1', endpointslices: '/apis/discovery.k8s.io/v1' };

const ROOTS = {
  ...OTHER_ROOTS,
  ...Object.fromEntries(Object.values(KINDS).map((kind) => [kind.plural, rootOf(kind)])),
} as Readonly<Record<Resource, string>>;

function rootOf({ group, version }: KindInfo): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of a list, in one namespace or over all. */
export function listPath(resource: Resource, namespace?: string): string {
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${ROOTS[resource]}${scope}/${resource}`;
}

/** The path of one object; the namespace is not looked at for namespaces themselves. */
export function objectPath(resource: Resource, namespace: string | undefined, name: string): string {
  return `${listPath(resource, resource === 'namespaces' ? undefined : namespace)}/${encodeURIComponent(name)}`;
}
