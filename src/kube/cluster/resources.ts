import type { ValueOf } from '../../json/shape.ts';
import { KINDS, type TargetKind } from '../../kinds/targetKinds.ts';
import type { OBJECT_SHAPES } from './objectShapes.ts';

/**
 * The types of API objects, by the plural of their kind. The types have only the fields that `OBJECT_SHAPES` names,
 * because all other fields are skipped.
 */
export type ResourceTypes = {
  readonly [R in keyof typeof OBJECT_SHAPES]: ValueOf<(typeof OBJECT_SHAPES)[R]['object']>;
};

export type Pod = ResourceTypes['pods'];
export type Service = ResourceTypes['services'];
export type EndpointSlice = ResourceTypes['endpointslices'];
export type Namespace = ResourceTypes['namespaces'];
export type Workload = ResourceTypes['deployments'];
export type Rollout = ResourceTypes['rollouts'];

export type Resource = keyof ResourceTypes;

/** Returns the plural of a kind, which is a part of the path of each API request: `pods`. */
export function resourceOf(kind: TargetKind): Resource {
  return KINDS[kind].plural;
}

/** The fields that every object in the API has. */
export type ApiObject = Pick<Pod, 'metadata'>;

/**
 * Returns a key that identifies an object among all objects of its kind: the UID. An object that is deleted and created
 * again under the same name gets another UID. If the server sends no UID, the key is the namespace and the name.
 */
export function objectKey({ metadata: { uid, namespace, name } }: ApiObject): string {
  return uid ?? `${namespace}/${name}`;
}
