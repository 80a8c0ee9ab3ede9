import type { Pod } from './podTypes.ts';
import type { ClusterEvent, EndpointSlice, Namespace, Node, Service } from './serviceTypes.ts';
import type {
  DaemonSet,
  Deployment,
  Job,
  ReplicaSet,
  ReplicationController,
  Rollout,
  StatefulSet,
} from './workloadTypes.ts';

export type * from './metaTypes.ts';
export type * from './podTypes.ts';
export type * from './serviceTypes.ts';
export type * from './workloadTypes.ts';

/**
 * The object type of each resource. The key is the plural name, followed by the API group if the resource is not in the
 * core group.
 */
export interface ResourceTypes {
  namespaces: Namespace;
  nodes: Node;
  pods: Pod;
  services: Service;
  events: ClusterEvent;
  'endpointslices.discovery.k8s.io': EndpointSlice;
  'deployments.apps': Deployment;
  'replicasets.apps': ReplicaSet;
  replicationcontrollers: ReplicationController;
  'statefulsets.apps': StatefulSet;
  'daemonsets.apps': DaemonSet;
  'jobs.batch': Job;
  'rollouts.argoproj.io': Rollout;
}

export type ResourceKey = keyof ResourceTypes;
