import type { PodLifecycle } from '../controllers/podLifecycle.ts';
import { createMetadata } from '../objects/metadata.ts';
import { crashLooping, ended, unschedulable, withReadiness } from '../objects/podStates.ts';
import { type PodSpecOptions, tcp, udp } from '../objects/podTemplate.ts';
import { createNode } from '../objects/services.ts';
import type { ContainerPort, Pod } from '../objects/types.ts';
import { createCompletedJob } from '../objects/workloads.ts';
import type { Store } from '../store.ts';
import { Seeder } from './seeder.ts';

/**
 * The names of the container images in the demo cluster, without tags. `pods/images.ts` has the program of each image.
 */
export const IMAGE = {
  web: 'demo.test/web',
  echo: 'demo.test/echo',
  greeter: 'demo.test/greeter',
  database: 'demo.test/database',
  /** Has no program, so connections to its ports are refused. */
  worker: 'demo.test/worker',
} as const;

/** The namespace for tests with many pods. The option `largePods` sets the number of its pods. */
export const LARGE_NAMESPACE = 'large';
export const MAX_LARGE_PODS = 10_000;

const DEMO = 'demo';
const PODS_PER_DEPLOYMENT = 500;
const CRASHES = 7;
const JOB_DURATION_MS = 42_000;

/** Fills a new cluster with objects. Creates `largePods` pods in the namespace `large`. */
export function seedDemoContent(
  store: Store,
  lifecycle: PodLifecycle,
  options: { readonly kubeletVersion: string; readonly largePods: number; readonly hasArgoRollouts: boolean },
): void {
  const seeder = new Seeder(store, lifecycle);
  for (const name of ['default', DEMO, 'kube-system', LARGE_NAMESPACE, 'staging']) seeder.namespace(name);
  store.put('nodes', createNode(options.kubeletVersion, seeder.createdAt));
  seedWeb(seeder, DEMO, 2);
  seedServers(seeder);
  seedUnusualPods(seeder);
  seedUnusualServices(seeder);
  seedJob(seeder, store);
  if (options.hasArgoRollouts) seedRollout(seeder);
  seedOtherNamespaces(seeder);
  seedLargeNamespace(seeder, options.largePods);
}

/**
 * Creates a Deployment and its Service. The Service has port 80 and leads to the container port with the name `http`. A
 * forward to the Service works only if the forward looks up the number of this container port: 8080.
 */
function seedWeb(seeder: Seeder, namespace: string, replicas: number): void {
  seeder.deployment({ name: 'web', namespace, replicas, pod: single('web', IMAGE.web, tcp(8080, 'http')) });
  seeder.service({
    name: 'web',
    namespace,
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http' }],
    selector: { app: 'web' },
  });
}

function seedServers(seeder: Seeder): void {
  seeder.pod(DEMO, 'web', single('web', IMAGE.web, tcp(80, 'http')), { labels: { run: 'web' } });
  seeder.pod(DEMO, 'echo', single('echo', IMAGE.echo, tcp(7, 'echo')));
  seeder.service({
    name: 'echo',
    namespace: DEMO,
    ports: [{ name: 'echo', protocol: 'TCP', port: 7, targetPort: 'echo' }],
    selector: { app: 'echo' },
  });
  seeder.pod(DEMO, 'greeter', single('greeter', IMAGE.greeter, tcp(2525, 'smtp')));
  seeder.service({
    name: 'greeter',
    namespace: DEMO,
    ports: [{ name: 'smtp', protocol: 'TCP', port: 25, targetPort: 2525 }],
    selector: { app: 'greeter' },
  });
  seeder.statefulSet({
    name: 'db',
    namespace: DEMO,
    replicas: 2,
    pod: single('db', IMAGE.database, tcp(6379, 'redis')),
  });
  seeder.service({
    name: 'db',
    namespace: DEMO,
    ports: [{ name: 'redis', protocol: 'TCP', port: 6379, targetPort: 'redis' }],
    selector: { app: 'db' },
    isHeadless: true,
  });
  seeder.daemonSet({ name: 'agent', namespace: DEMO, pod: single('agent', IMAGE.web, tcp(9100, 'metrics')) });
}

function seedUnusualPods(seeder: Seeder): void {
  seeder.pod(DEMO, 'multi', {
    containers: [
      { name: 'app', image: `${IMAGE.web}:1.4`, ports: [tcp(8080, 'http'), tcp(9090, 'admin')] },
      { name: 'sidecar', image: `${IMAGE.echo}:1.0`, ports: [tcp(7, 'echo'), udp(53, 'dns')] },
    ],
  });
  seeder.pod(DEMO, 'pending', single('pending', IMAGE.web, tcp(8080, 'http')), {
    isUnscheduled: true,
    change: (pod) => unschedulable(pod, '0/1 nodes are available: 1 Insufficient memory.'),
  });
  seeder.pod(DEMO, 'crashing', single('crashing', IMAGE.worker, tcp(8080, 'http')), {
    change: (pod) => crashLooping(pod, pod.status.podIP ?? '', CRASHES),
  });
  seeder.pod(DEMO, 'unready', single('unready', IMAGE.web, tcp(8080, 'http')), {
    change: (pod) => withReadiness(pod, false),
  });
}

function seedUnusualServices(seeder: Seeder): void {
  const ports = [{ name: 'http', protocol: 'TCP' as const, port: 80, targetPort: 'http' }];
  seeder.service({ name: 'unready', namespace: DEMO, ports, selector: { app: 'unready' } });
  seeder.service({ name: 'no-pods', namespace: DEMO, ports, selector: { app: 'no-pods' } });
  seeder.service({
    name: 'no-selector',
    namespace: DEMO,
    ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
  });
  seeder.service({
    name: 'dns',
    namespace: DEMO,
    ports: [{ name: 'dns', protocol: 'UDP', port: 53, targetPort: 'dns' }],
    selector: { app: 'multi' },
  });
}

function seedJob(seeder: Seeder, store: Store): void {
  const workload = seeder.workload({
    name: 'migrate',
    namespace: DEMO,
    pod: single('migrate', IMAGE.worker),
  });
  const completedAt = new Date(seeder.createdAt.getTime() + JOB_DURATION_MS);
  const job = store.put('jobs.batch', createCompletedJob(workload, completedAt));
  const labels = { app: 'migrate', 'job-name': 'migrate', 'batch.kubernetes.io/job-name': 'migrate' };
  const pod = { ...single('migrate', IMAGE.worker), restartPolicy: 'Never' as const };
  const owned = createMetadata({ name: 'migrate', namespace: DEMO, owner: job });
  const change = (each: Pod): Pod => {
    const { ownerReferences } = owned;
    const metadata = ownerReferences === undefined ? each.metadata : { ...each.metadata, ownerReferences };
    return ended({ ...each, metadata }, 'Succeeded');
  };
  seeder.pod(DEMO, 'migrate-x7k2p', pod, { labels, change });
}

function seedRollout(seeder: Seeder): void {
  seeder.rollout({
    name: 'canary',
    namespace: DEMO,
    replicas: 2,
    pod: single('canary', IMAGE.web, tcp(8080, 'http')),
  });
}

function seedOtherNamespaces(seeder: Seeder): void {
  seedWeb(seeder, 'staging', 1);
  seeder.deployment({
    name: 'api',
    namespace: 'staging',
    replicas: 2,
    pod: single('api', IMAGE.web, tcp(3000, 'http')),
  });
  seeder.deployment({
    name: 'coredns',
    namespace: 'kube-system',
    replicas: 2,
    pod: {
      containers: [
        {
          name: 'coredns',
          image: `${IMAGE.worker}:1.0`,
          ports: [udp(53, 'dns'), tcp(53, 'dns-tcp'), tcp(9153, 'metrics')],
        },
      ],
    },
  });
  seeder.daemonSet({ name: 'kube-proxy', namespace: 'kube-system', pod: single('kube-proxy', IMAGE.worker) });
}

function seedLargeNamespace(seeder: Seeder, pods: number): void {
  for (let first = 0; first < pods; first += PODS_PER_DEPLOYMENT) {
    const index = String(first / PODS_PER_DEPLOYMENT).padStart(2, '0');
    seeder.deployment({
      name: `fleet-${index}`,
      namespace: LARGE_NAMESPACE,
      replicas: Math.min(PODS_PER_DEPLOYMENT, pods - first),
      pod: single('app', IMAGE.web, tcp(8080, 'http')),
    });
  }
}

function single(name: string, image: string, ...ports: readonly ContainerPort[]): PodSpecOptions {
  return { containers: [{ name, image: `${image}:1.4`, ...(ports.length === 0 ? {} : { ports }) }] };
}
