import type { ValueOf } from '../../json/shape.ts';
import { KINDS, type TargetKind } from '../../kinds/targetKinds.ts';
import type { OBJECT_SHAPES } from './objectShapes.ts';

/** The known fields of an object of the API, by the plural of its kind. */
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

/** The plural of a kind in the API's paths. */
export function resourceOf(kind: TargetKind): Resource {
  return KINDS[kind].plural;
}

/** The fields that every object in the API has. */
export type ApiObject = Pick<Pod, 'metadata'>;

/** A key that differs for all objects of one kind, even for objects that have the same name one after the other. */
export function objectKey({ metadata: { uid, namespace, name } }: ApiObject): string {
  return uid ?? `${namespace}/${name}`;
}
