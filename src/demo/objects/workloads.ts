import { defined } from '../../base/defined.ts';
import { timestamp } from '../duration.ts';
import { createMetadata, stableId } from './metadata.ts';
import type {
  DaemonSet,
  Deployment,
  Job,
  Labels,
  PodTemplate,
  ReplicaSet,
  ReplicationController,
  Rollout,
  StatefulSet,
} from './types.ts';

export interface WorkloadOptions {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly template: PodTemplate;
  readonly replicas: number;
  readonly createdAt: Date;
}

export const POD_TEMPLATE_HASH = 'pod-template-hash';
const ROLLOUT_TEMPLATE_HASH = 'rollouts-pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const HASH_LENGTH = 10;

export function createDeployment(options: WorkloadOptions): Deployment {
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: workloadMetadata(options, { [REVISION]: '1' }),
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: options.labels },
      template: options.template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: { observedGeneration: 1, replicas: 0 },
  };
}

export function createRollout(options: WorkloadOptions): Rollout {
  return {
    kind: 'Rollout',
    apiVersion: 'argoproj.io/v1alpha1',
    metadata: workloadMetadata(options),
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: options.labels },
      template: options.template,
      strategy: { canary: {} },
    },
    status: { observedGeneration: 1, replicas: 0 },
  };
}

/** Creates the ReplicaSet for the current pod template of a Deployment or Rollout. */
export function createReplicaSet(
  deployment: Deployment | Rollout,
  replicas: number,
  revision: number,
): ReplicaSet {
  const hash = templateHash(deployment.spec.template);
  const hashLabel = hashLabelOf(deployment);
  const labels = { ...deployment.spec.template.metadata.labels, [hashLabel]: hash };
  const { name, namespace = '', creationTimestamp } = deployment.metadata;
  return {
    kind: 'ReplicaSet',
    apiVersion: 'apps/v1',
    metadata: createMetadata({
      name: `${name}-${hash}`,
      namespace,
      labels,
      annotations: { [REVISION]: String(revision) },
      owner: deployment,
      generation: 1,
      createdAt: revision === 1 ? new Date(creationTimestamp) : new Date(),
    }),
    spec: {
      replicas,
      selector: { matchLabels: { ...deployment.spec.selector.matchLabels, [hashLabel]: hash } },
      template: {
        ...deployment.spec.template,
        metadata: { ...deployment.spec.template.metadata, labels },
      },
    },
    status: { observedGeneration: 1, replicas: 0 },
  };
}

export function createReplicationController(options: WorkloadOptions): ReplicationController {
  return {
    kind: 'ReplicationController',
    apiVersion: 'v1',
    metadata: workloadMetadata(options),
    spec: { replicas: options.replicas, selector: options.labels, template: options.template },
    status: { observedGeneration: 1, replicas: 0 },
  };
}

export function createStatefulSet(options: WorkloadOptions): StatefulSet {
  return {
    kind: 'StatefulSet',
    apiVersion: 'apps/v1',
    metadata: workloadMetadata(options),
    spec: {
      replicas: options.replicas,
      selector: { matchLabels: options.labels },
      template: options.template,
      serviceName: options.name,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate' },
      revisionHistoryLimit: 10,
    },
    status: { observedGeneration: 1, replicas: 0 },
  };
}

export function createDaemonSet(options: WorkloadOptions): DaemonSet {
  return {
    kind: 'DaemonSet',
    apiVersion: 'apps/v1',
    metadata: workloadMetadata(options),
    spec: {
      selector: { matchLabels: options.labels },
      template: options.template,
      updateStrategy: { type: 'RollingUpdate' },
      revisionHistoryLimit: 10,
    },
    status: {
      observedGeneration: 1,
      currentNumberScheduled: 0,
      desiredNumberScheduled: 1,
      numberMisscheduled: 0,
      numberReady: 0,
    },
  };
}

/** Creates a Job that has completed. */
export function createCompletedJob(options: WorkloadOptions, completedAt: Date): Job {
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: workloadMetadata(options),
    spec: {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: options.labels },
      template: options.template,
    },
    status: {
      conditions: [
        {
          type: 'Complete',
          status: 'True',
          lastTransitionTime: timestamp(completedAt),
          reason: 'CompletionsReached',
        },
      ],
      startTime: timestamp(options.createdAt),
      completionTime: timestamp(completedAt),
      succeeded: 1,
      ready: 0,
    },
  };
}

/** Returns the name of the label that distinguishes the ReplicaSets of a Deployment or Rollout. */
export function hashLabelOf({ kind }: Deployment | Rollout): string {
  return kind === 'Rollout' ? ROLLOUT_TEMPLATE_HASH : POD_TEMPLATE_HASH;
}

/** Returns the hash of a pod template. The name of the ReplicaSet and a label of its pods contain the hash. */
export function templateHash(template: PodTemplate): string {
  return stableId('template', JSON.stringify(template)).slice(0, HASH_LENGTH);
}

function workloadMetadata(options: WorkloadOptions, annotations?: Labels) {
  return createMetadata({
    name: options.name,
    namespace: options.namespace,
    labels: options.labels,
    ...defined({ annotations }),
    generation: 1,
    createdAt: options.createdAt,
  });
}
