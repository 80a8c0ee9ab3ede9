import {
  createDeployment,
  createPodTemplate,
  createReplicationController,
  createRollout,
  createService,
  createStatefulSet,
  type DemoCluster,
  IMAGE,
  type Labels,
  type OwnerReference,
  type Pod,
  pendingPod,
  type Service,
  tcp,
  type WorkloadOptions,
} from '../../src/demo/entry.ts';

const NAMESPACE = 'demo';
/** The port on which the pods of a {@link DemoApp} echo all bytes. */
export const APP_PORT = 7;

/** An app in the demo cluster. Tests deploy, delete and recreate the app, as Helm, Skaffold and operators do. */
export class DemoApp {
  readonly demo: DemoCluster;
  readonly name: string;

  constructor(demo: DemoCluster, name: string) {
    this.demo = demo;
    this.name = name;
  }

  deploy(labels?: Labels): this {
    this.demo.store.put('deployments.apps', createDeployment(this.#workload(labels)));
    return this;
  }

  /** Deletes the app with its ReplicaSets and pods. */
  undeploy(): this {
    this.demo.store.delete('deployments.apps', NAMESPACE, this.name);
    return this;
  }

  scale(replicas: number): this {
    this.demo.store.modify('deployments.apps', NAMESPACE, this.name, (deployment) => ({
      ...deployment,
      spec: { ...deployment.spec, replicas },
    }));
    return this;
  }

  /** Deploys the app as an Argo Rollout. The cluster must have Argo Rollouts. */
  rollOut(): this {
    this.demo.store.put('rollouts.argoproj.io', createRollout(this.#workload()));
    return this;
  }

  control(): this {
    this.demo.store.put('replicationcontrollers', createReplicationController(this.#workload()));
    return this;
  }

  setState(): this {
    this.demo.store.put('statefulsets.apps', createStatefulSet(this.#workload()));
    return this;
  }

  /** Creates a pod without a workload. The pod has the name of the app. */
  run(labels: Labels = { app: this.name }, owner?: OwnerReference): this {
    const { spec } = this.#workload().template;
    const pod = pendingPod({ name: this.name, namespace: NAMESPACE, labels }, spec);
    this.demo.pods.put(
      owner === undefined ? pod : { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } },
    );
    return this;
  }

  expose(selector: Labels = { app: this.name }, targetPort: number | string = APP_PORT): this {
    const { name, demo } = this;
    const ports = [{ protocol: 'TCP' as const, port: APP_PORT, targetPort }];
    const createdAt = new Date();
    demo.store.put(
      'services',
      createService({ name, namespace: NAMESPACE, ports, selector, clusterIP: '10.96.9.9', createdAt }),
    );
    return this;
  }

  unexpose(): this {
    this.demo.store.delete('services', NAMESPACE, this.name);
    return this;
  }

  changeService(change: (spec: Service['spec']) => Service['spec']): void {
    this.demo.store.modify('services', NAMESPACE, this.name, (service) => ({
      ...service,
      spec: change(service.spec),
    }));
  }

  get pods(): readonly Pod[] {
    return this.demo.pods.list(NAMESPACE, { app: this.name });
  }

  deletePods(gracePeriodSeconds?: number): this {
    for (const { metadata } of this.pods) this.demo.pods.delete(NAMESPACE, metadata.name, gracePeriodSeconds);
    return this;
  }

  #workload(labels: Labels = { app: this.name }): WorkloadOptions {
    const { name } = this;
    const image = `${IMAGE.echo}:1.4`;
    return {
      name,
      namespace: NAMESPACE,
      labels,
      replicas: 1,
      template: createPodTemplate(labels, {
        containers: [{ name: 'echo', image, ports: [tcp(APP_PORT, 'echo')] }],
      }),
      createdAt: new Date(),
    };
  }
}
