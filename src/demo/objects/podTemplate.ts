import { defined } from '../../base/defined.ts';
import type { Container, ContainerPort, Labels, PodSpec, PodTemplate } from './types.ts';

export interface ContainerOptions {
  readonly name: string;
  readonly image: string;
  readonly ports?: readonly ContainerPort[];
}

export interface PodSpecOptions {
  readonly containers: readonly ContainerOptions[];
  readonly restartPolicy?: PodSpec['restartPolicy'];
  readonly subdomain?: string;
}

export function tcp(containerPort: number, name?: string): ContainerPort {
  return { ...defined({ name }), containerPort, protocol: 'TCP' };
}

export function udp(containerPort: number, name?: string): ContainerPort {
  return { ...defined({ name }), containerPort, protocol: 'UDP' };
}

/** Returns the spec of a pod, with the default values of a real API server. */
export function createPodSpec(options: PodSpecOptions): PodSpec {
  return {
    containers: options.containers.map(createContainer),
    restartPolicy: options.restartPolicy ?? 'Always',
    terminationGracePeriodSeconds: 1,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    serviceAccount: 'default',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...defined({ subdomain: options.subdomain }),
  };
}

export function createPodTemplate(labels: Labels, options: PodSpecOptions): PodTemplate {
  return { metadata: { creationTimestamp: null, labels }, spec: createPodSpec(options) };
}

function createContainer({ name, image, ports }: ContainerOptions): Container {
  return {
    name,
    image,
    ...defined({ ports }),
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
}
