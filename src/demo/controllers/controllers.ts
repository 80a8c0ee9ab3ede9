import type { Clock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { isOwnedBy } from '../objects/metadata.ts';
import type { KubernetesObject, ResourceKey } from '../objects/types.ts';
import type { Store, StoreEvent } from '../store.ts';
import type { ControllerEnvironment } from './controllerEnvironment.ts';
import { ControllerLoop } from './controllerLoop.ts';
import { reconcileDaemonSet } from './daemonSet.ts';
import { reconcileDeployment } from './deployment.ts';
import { reconcileEndpoints } from './endpoints.ts';
import type { PodLifecycle } from './podLifecycle.ts';
import { reconcileReplicaSet, reconcileReplicationController } from './replicaSet.ts';
import { reconcileRollout } from './rollout.ts';
import { reconcileStatefulSet } from './statefulSet.ts';

type Reconcile = (environment: ControllerEnvironment, namespace: string, name: string) => void;

const RECONCILERS: Readonly<Partial<Record<ResourceKey, Reconcile>>> = {
  'deployments.apps': reconcileDeployment,
  'replicasets.apps': reconcileReplicaSet,
  replicationcontrollers: reconcileReplicationController,
  'statefulsets.apps': reconcileStatefulSet,
  'daemonsets.apps': reconcileDaemonSet,
  'rollouts.argoproj.io': reconcileRollout,
  services: reconcileEndpoints,
};

/**
 * The order in which {@link Controllers.reconcileAll} reconciles resources. ReplicaSets come before their owners
 * (Deployments and Rollouts), because the status of an owner is computed from the status of its ReplicaSets.
 */
const RECONCILED: readonly ResourceKey[] = [
  'replicasets.apps',
  'replicationcontrollers',
  'deployments.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'rollouts.argoproj.io',
  'services',
];

const OWNER_RESOURCES: Readonly<Record<string, ResourceKey>> = {
  Deployment: 'deployments.apps',
  ReplicaSet: 'replicasets.apps',
  ReplicationController: 'replicationcontrollers',
  StatefulSet: 'statefulsets.apps',
  DaemonSet: 'daemonsets.apps',
  Rollout: 'rollouts.argoproj.io',
};

/**
 * Acts as the controller manager of Kubernetes. When an object changes, reconciles the object, its owners, and the
 * Services that may select the object.
 */
export class Controllers implements Disposable {
  readonly #environment: ControllerEnvironment;
  readonly #loop: ControllerLoop;
  readonly #owned = new DisposableStore();

  constructor(store: Store, pods: PodLifecycle, clock: Clock) {
    this.#environment = { store, pods };
    this.#loop = this.#owned.add(new ControllerLoop(clock, (key) => this.#reconcile(key)));
    this.#owned.add(store.onDidChange((event) => this.#onChange(event)));
  }

  /** Reconciles all objects immediately, without the queue. */
  reconcileAll(): void {
    for (const resource of RECONCILED) {
      for (const { metadata } of this.#environment.store.list(resource)) {
        RECONCILERS[resource]?.(this.#environment, metadata.namespace ?? '', metadata.name);
      }
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #onChange({ type, resource, object }: StoreEvent): void {
    if (type === 'DELETED') this.#collectGarbage(object);
    if (RECONCILERS[resource] !== undefined) this.#enqueue(resource, object);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const ownerResource = OWNER_RESOURCES[owner.kind];
      if (ownerResource === undefined) continue;
      this.#loop.enqueue(`${ownerResource}/${object.metadata.namespace}/${owner.name}`);
    }
    if (resource !== 'pods') return;
    for (const service of this.#environment.store.list('services', object.metadata.namespace)) {
      this.#enqueue('services', service);
    }
  }

  /** Deletes the objects that a deleted object owned. */
  #collectGarbage(owner: KubernetesObject): void {
    const { store, pods } = this.#environment;
    const { namespace } = owner.metadata;
    for (const pod of store.list('pods', namespace)) if (isOwnedBy(pod, owner)) pods.delete(pod);
    for (const resource of ['replicasets.apps', 'endpointslices.discovery.k8s.io'] as const) {
      for (const object of store.list(resource, namespace)) {
        if (isOwnedBy(object, owner)) store.delete(resource, namespace ?? '', object.metadata.name);
      }
    }
  }

  #enqueue(resource: ResourceKey, { metadata }: KubernetesObject): void {
    this.#loop.enqueue(`${resource}/${metadata.namespace ?? ''}/${metadata.name}`);
  }

  #reconcile(key: string): void {
    const [resource, namespace = '', name = ''] = key.split('/');
    RECONCILERS[resource as ResourceKey]?.(this.#environment, namespace, name);
  }
}
