import type {
  V1DaemonSet,
  V1Deployment,
  V1EndpointSlice,
  V1Job,
  V1LabelSelector,
  V1Namespace,
  V1Pod,
  V1ReplicaSet,
  V1ReplicationController,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import { KINDS, type KindInfo, type TargetKind } from '../kinds/targetKinds.ts';

/**
 * An API type as it stands in JSON: client-node's classes have `Date` where the wire has text. Answers are used as they
 * come, so that 10,000 pods are not built twice, and client-node's code is not even loaded.
 */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Json<T[K]> }
      : T;

export type Pod = Json<V1Pod>;
export type Service = Json<V1Service>;
export type Namespace = Json<V1Namespace>;

/** As much of an Argo Rollout as is needed here. With a `workloadRef` it has no selector and no template of its own. */
export interface Rollout {
  readonly metadata?: Pod['metadata'];
  readonly spec?: {
    readonly selector?: Json<V1LabelSelector>;
    readonly template?: { readonly spec?: Pod['spec'] };
  };
  /** The selector of the pods as text, for the `scale` subresource. */
  readonly status?: { readonly selector?: string };
}

/** The types behind the plural names in the API's paths. */
export interface ResourceTypes {
  namespaces: Namespace;
  pods: Pod;
  services: Service;
  endpointslices: Json<V1EndpointSlice>;
  deployments: Json<V1Deployment>;
  replicasets: Json<V1ReplicaSet>;
  statefulsets: Json<V1StatefulSet>;
  daemonsets: Json<V1DaemonSet>;
  jobs: Json<V1Job>;
  replicationcontrollers: Json<V1ReplicationController>;
  rollouts: Rollout;
}

export type Resource = keyof ResourceTypes;

/** The plural of a kind in the API's paths. */
export function resourceOf(kind: TargetKind): Resource {
  return KINDS[kind].plural;
}

/** What every object in the API has. */
export type ApiObject = { readonly metadata?: Pod['metadata'] };

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
