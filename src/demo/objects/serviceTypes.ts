import type { KubernetesObject, Labels } from './metaTypes.ts';
import type { Condition } from './podTypes.ts';

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
    readonly publishNotReadyAddresses?: boolean;
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

/** An Event object of Kubernetes. `kubectl describe` prints the Events of an object at the end. */
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
