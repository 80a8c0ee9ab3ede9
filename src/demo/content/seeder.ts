import { defined } from '../../base/defined.ts';
import { createDaemonPod } from '../controllers/daemonSet.ts';
import type { PodLifecycle } from '../controllers/podLifecycle.ts';
import { createReplica } from '../controllers/replicaSet.ts';
import { createOrdinal } from '../controllers/statefulSet.ts';
import { timestamp } from '../duration.ts';
import { pendingPod, running, scheduled } from '../objects/podStates.ts';
import { createPodSpec, createPodTemplate, type PodSpecOptions } from '../objects/podTemplate.ts';
import { createNamespace, createService } from '../objects/services.ts';
import type { Labels, Pod, ServicePort } from '../objects/types.ts';
import {
  createDaemonSet,
  createDeployment,
  createReplicaSet,
  createRollout,
  createStatefulSet,
  type WorkloadOptions,
} from '../objects/workloads.ts';
import type { Store } from '../store.ts';

/** How long ago the first objects of the cluster were created, according to their metadata. */
const AGE_MS = 3 * 3_600_000;

export interface SeedWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly replicas?: number;
  readonly pod: PodSpecOptions;
}

export interface SeedService {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly ServicePort[];
  readonly selector?: Labels;
  readonly isHeadless?: boolean;
}

export interface SeedPodOptions {
  readonly labels?: Labels;
  /** Whether the pod has no node yet. Optional, default false. */
  readonly isUnscheduled?: boolean;
  readonly change?: (pod: Pod) => Pod;
}

/**
 * Stores the first objects of a cluster. The objects look as if they had existed for hours: for example, the pods are
 * already running.
 */
export class Seeder {
  readonly #store: Store;
  readonly #lifecycle: PodLifecycle;
  readonly createdAt = new Date(Date.now() - AGE_MS);
  #nextClusterIp = 10;

  constructor(store: Store, lifecycle: PodLifecycle) {
    this.#store = store;
    this.#lifecycle = lifecycle;
  }

  namespace(name: string): void {
    this.#store.put('namespaces', createNamespace(name, this.createdAt));
  }

  /**
   * Adds a pod without an owner: running, or pending if `isUnscheduled` is true. The default labels are `app: NAME`.
   * `change` can change the pod before it is stored, for example to a failed pod.
   */
  pod(namespace: string, name: string, pod: PodSpecOptions, options: SeedPodOptions = {}): void {
    const { labels = { app: name }, isUnscheduled = false, change = (each: Pod) => each } = options;
    const metadata = { name, namespace, labels, createdAt: this.createdAt };
    const pending = pendingPod(metadata, createPodSpec(pod));
    this.#store.put('pods', change(isUnscheduled ? pending : this.#run(pending)));
  }

  service({ name, namespace, ports, selector, isHeadless }: SeedService): void {
    const clusterIP = isHeadless ? 'None' : `10.96.0.${this.#nextClusterIp++}`;
    this.#store.put(
      'services',
      createService({
        name,
        namespace,
        ports,
        clusterIP,
        createdAt: this.createdAt,
        ...defined({ selector }),
      }),
    );
  }

  deployment(workload: SeedWorkload): void {
    const options = this.workload(workload);
    const deployment = this.#store.put('deployments.apps', createDeployment(options));
    const replicaSet = this.#store.put('replicasets.apps', createReplicaSet(deployment, options.replicas, 1));
    for (let i = 0; i < options.replicas; i++) {
      this.#store.put('pods', this.#run(createReplica(replicaSet, this.createdAt)));
    }
  }

  rollout(workload: SeedWorkload): void {
    const options = this.workload(workload);
    const rollout = this.#store.put('rollouts.argoproj.io', createRollout(options));
    const replicaSet = this.#store.put('replicasets.apps', createReplicaSet(rollout, options.replicas, 1));
    for (let i = 0; i < options.replicas; i++) {
      this.#store.put('pods', this.#run(createReplica(replicaSet, this.createdAt)));
    }
  }

  statefulSet(workload: SeedWorkload): void {
    const options = this.workload(workload);
    const statefulSet = this.#store.put('statefulsets.apps', createStatefulSet(options));
    for (let ordinal = 0; ordinal < options.replicas; ordinal++) {
      this.#store.put('pods', this.#run(createOrdinal(statefulSet, ordinal, this.createdAt)));
    }
  }

  daemonSet(workload: SeedWorkload): void {
    const daemonSet = this.#store.put('daemonsets.apps', createDaemonSet(this.workload(workload)));
    this.#store.put('pods', this.#run(createDaemonPod(daemonSet, this.createdAt)));
  }

  workload({ name, namespace, replicas = 1, pod }: SeedWorkload): WorkloadOptions {
    const labels = { app: name };
    return {
      name,
      namespace,
      labels,
      replicas,
      template: createPodTemplate(labels, pod),
      createdAt: this.createdAt,
    };
  }

  #run(pod: Pod): Pod {
    return running(scheduled(pod), this.#lifecycle.allocateAddress(), timestamp(this.createdAt));
  }
}
