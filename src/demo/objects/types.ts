/** The parts of Kubernetes' objects that the demo cluster fills in. Immutable: a change is a new object. */
export type Labels = Readonly<Record<string, string>>;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller: boolean;
  readonly blockOwnerDeletion: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface KubernetesObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: ObjectMeta;
}

export interface ContainerPort {
  readonly name?: string;
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly ContainerPort[];
  readonly resources: Readonly<Record<string, never>>;
  readonly terminationMessagePath: string;
  readonly terminationMessagePolicy: string;
  readonly imagePullPolicy: string;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly restartPolicy: 'Always' | 'OnFailure' | 'Never';
  readonly terminationGracePeriodSeconds: number;
  readonly dnsPolicy: string;
  readonly serviceAccountName?: string;
  readonly serviceAccount?: string;
  readonly nodeName?: string;
  readonly securityContext: Readonly<Record<string, never>>;
  readonly schedulerName: string;
  readonly hostname?: string;
  readonly subdomain?: string;
}

export interface TerminatedState {
  readonly exitCode: number;
  readonly reason: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly containerID: string;
}

export interface ContainerState {
  readonly waiting?: { readonly reason: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: TerminatedState;
}

export interface ContainerStatus {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState: ContainerState;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  readonly containerID?: string;
  readonly started: boolean;
}

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastProbeTime?: null;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface PodStatus {
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  readonly conditions?: readonly Condition[];
  readonly hostIP?: string;
  readonly hostIPs?: readonly { readonly ip: string }[];
  readonly podIP?: string;
  readonly podIPs?: readonly { readonly ip: string }[];
  readonly startTime?: string;
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly qosClass: string;
}

export interface Pod extends KubernetesObject {
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

export interface PodTemplate {
  readonly metadata: {
    readonly creationTimestamp: null;
    readonly labels: Labels;
    readonly annotations?: Labels;
  };
  readonly spec: PodSpec;
}

export interface Namespace extends KubernetesObject {
  readonly spec: { readonly finalizers: readonly string[] };
  readonly status: { readonly phase: 'Active' | 'Terminating' };
}

export interface Node extends KubernetesObject {
  readonly spec: { readonly podCIDR: string };
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly Condition[];
    readonly capacity: Labels;
    readonly allocatable: Labels;
    readonly nodeInfo: Labels;
  };
}

export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
  readonly targetPort: number | string;
}

export interface Service extends KubernetesObject {
  readonly spec: {
    readonly ports: readonly ServicePort[];
    readonly selector?: Labels;
    readonly clusterIP: string;
    readonly clusterIPs: readonly string[];
    readonly type: string;
    readonly sessionAffinity: string;
    readonly ipFamilies: readonly string[];
    readonly ipFamilyPolicy: string;
    readonly internalTrafficPolicy: string;
  };
  readonly status: { readonly loadBalancer: Readonly<Record<string, never>> };
}

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly conditions: { readonly ready: boolean; readonly serving: boolean; readonly terminating: boolean };
  readonly targetRef: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
  readonly nodeName: string;
}

export interface EndpointSlice extends KubernetesObject {
  readonly addressType: 'IPv4';
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

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

export interface ReplicaSet extends KubernetesObject {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
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

/** What `kubectl describe` lists at its end. */
export interface ClusterEvent extends KubernetesObject {
  readonly involvedObject: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
    readonly apiVersion: string;
  };
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component: string; readonly host?: string };
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
  readonly type: 'Normal' | 'Warning';
}

/** Every resource of the cluster by its key: the plural name, with the group where it has one. */
export interface ResourceTypes {
  namespaces: Namespace;
  nodes: Node;
  pods: Pod;
  services: Service;
  events: ClusterEvent;
  'endpointslices.discovery.k8s.io': EndpointSlice;
  'deployments.apps': Deployment;
  'replicasets.apps': ReplicaSet;
  'statefulsets.apps': StatefulSet;
  'daemonsets.apps': DaemonSet;
  'jobs.batch': Job;
}

export type ResourceKey = keyof ResourceTypes;
