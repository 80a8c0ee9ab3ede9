import { defined } from '../../base/defined.ts';
import { timestamp } from '../duration.ts';
import { createMetadata } from './metadata.ts';
import { hasReadyCondition, isEnded, NODE_IP, NODE_NAME } from './podStates.ts';
import type { Endpoint, EndpointSlice, Labels, Namespace, Node, Pod, Service, ServicePort } from './types.ts';

export function createNamespace(name: string, createdAt: Date): Namespace {
  return {
    kind: 'Namespace',
    apiVersion: 'v1',
    metadata: createMetadata({ name, labels: { 'kubernetes.io/metadata.name': name }, createdAt }),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  };
}

export function createNode(kubeletVersion: string, createdAt: Date): Node {
  const resources = { cpu: '2', memory: '8Gi', pods: '20000' };
  return {
    kind: 'Node',
    apiVersion: 'v1',
    metadata: createMetadata({
      name: NODE_NAME,
      labels: { 'kubernetes.io/hostname': NODE_NAME, 'node-role.kubernetes.io/control-plane': '' },
      createdAt,
    }),
    spec: { podCIDR: '10.88.0.0/16' },
    status: {
      addresses: [
        { type: 'InternalIP', address: NODE_IP },
        { type: 'Hostname', address: NODE_NAME },
      ],
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastTransitionTime: timestamp(createdAt),
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        },
      ],
      capacity: resources,
      allocatable: resources,
      nodeInfo: { kubeletVersion, operatingSystem: 'linux', architecture: 'amd64' },
    },
  };
}

export interface ServiceOptions {
  readonly name: string;
  readonly namespace: string;
  readonly ports: readonly ServicePort[];
  readonly selector?: Labels;
  /** The IP address of the service, or `None` for a headless service. */
  readonly clusterIP: string;
  readonly createdAt: Date;
}

export function createService(options: ServiceOptions): Service {
  return {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: createMetadata({
      name: options.name,
      namespace: options.namespace,
      labels: { app: options.name },
      createdAt: options.createdAt,
    }),
    spec: {
      ports: options.ports,
      ...defined({ selector: options.selector }),
      clusterIP: options.clusterIP,
      clusterIPs: [options.clusterIP],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
    },
    status: { loadBalancer: {} },
  };
}

/** Creates the EndpointSlice of a Service. @param pods the pods that match the Service's selector */
export function createEndpointSlice(service: Service, pods: readonly Pod[], suffix: string): EndpointSlice {
  const { name, namespace } = service.metadata;
  return {
    kind: 'EndpointSlice',
    apiVersion: 'discovery.k8s.io/v1',
    metadata: createMetadata({
      name: `${name}-${suffix}`,
      generateName: `${name}-`,
      ...defined({ namespace }),
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      owner: service,
      generation: 1,
    }),
    addressType: 'IPv4',
    endpoints: pods.flatMap(endpointOf),
    ports: endpointPorts(service, pods),
  };
}

function endpointOf(pod: Pod): readonly Endpoint[] {
  if (pod.status.podIP === undefined || isEnded(pod)) return [];
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = hasReadyCondition(pod);
  return [
    {
      addresses: [pod.status.podIP],
      conditions: { ready: ready && !isTerminating, serving: ready, terminating: isTerminating },
      targetRef: {
        kind: 'Pod',
        namespace: pod.metadata.namespace ?? '',
        name: pod.metadata.name,
        uid: pod.metadata.uid,
      },
      nodeName: pod.spec.nodeName ?? NODE_NAME,
    },
  ];
}

/**
 * Returns the container ports to which the Service leads. If a `targetPort` is a name, returns the number of the
 * container port with this name.
 */
function endpointPorts(service: Service, pods: readonly Pod[]): EndpointSlice['ports'] {
  return service.spec.ports.flatMap(({ name = '', protocol, targetPort }) => {
    const port = typeof targetPort === 'number' ? targetPort : namedPort(pods, targetPort);
    return port === undefined ? [] : [{ name, protocol, port }];
  });
}

function namedPort(pods: readonly Pod[], name: string): number | undefined {
  for (const { spec } of pods) {
    for (const { ports = [] } of spec.containers) {
      const found = ports.find((port) => port.name === name);
      if (found !== undefined) return found.containerPort;
    }
  }
  return undefined;
}
