import type { KubernetesObject, Labels } from './metaTypes.ts';
import type { Condition, PodTemplate } from './podTypes.ts';

export interface LabelSelector {
  readonly matchLabels: Labels;
}

export interface WorkloadStatus {
  readonly observedGeneration: number;
  readonly replicas: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly updatedReplicas?: number;
  readonly currentReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly conditions?: readonly Condition[];
}

export interface Deployment extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy: {
      readonly type: 'RollingUpdate';
      readonly rollingUpdate: { readonly maxUnavailable: string; readonly maxSurge: string };
    };
    readonly revisionHistoryLimit: number;
    readonly progressDeadlineSeconds: number;
  };
  readonly status: WorkloadStatus;
}

/** The Rollout of Argo Rollouts, an alternative to a Deployment. */
export interface Rollout extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly strategy: { readonly canary: object };
  };
  readonly status: WorkloadStatus;
}

export interface ReplicaSet extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status: WorkloadStatus;
}

export interface ReplicationController extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: Labels;
    readonly template: PodTemplate;
  };
  readonly status: WorkloadStatus;
}

export interface StatefulSet extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly serviceName: string;
    readonly podManagementPolicy: string;
    readonly updateStrategy: { readonly type: string };
    readonly revisionHistoryLimit: number;
  };
  readonly status: WorkloadStatus;
}

export interface DaemonSet extends KubernetesObject {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly updateStrategy: { readonly type: string };
    readonly revisionHistoryLimit: number;
  };
  readonly status: {
    readonly observedGeneration: number;
    readonly currentNumberScheduled: number;
    readonly desiredNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly numberReady: number;
    readonly numberAvailable?: number;
    readonly updatedNumberScheduled?: number;
  };
}

export interface Job extends KubernetesObject {
  readonly spec: {
    readonly parallelism: number;
    readonly completions: number;
    readonly backoffLimit: number;
    readonly completionMode: string;
    readonly suspend: boolean;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status: {
    readonly conditions?: readonly Condition[];
    readonly startTime: string;
    readonly completionTime?: string;
    readonly succeeded?: number;
    readonly ready: number;
  };
}
