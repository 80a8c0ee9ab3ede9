import type { Clock } from '../base/async.ts';
import type { ActivityLog } from './activity.ts';
import type { CertificateAuthority } from './certificates.ts';
import type { PodLifecycle } from './controllers/podLifecycle.ts';
import type { FaultRegistry } from './faults.ts';
import type { ContainerRuntime } from './portforward/containerRuntime.ts';
import type { PodNetwork } from './portforward/podNetwork.ts';
import type { TunnelRegistry } from './portforward/tunnels.ts';
import type { ServedResources } from './resources.ts';
import type { Store } from './store.ts';
import type { DemoUser } from './users.ts';

/**
 * The Kubernetes version that the API server reports, such as 1.32. The version determines which transports the server
 * supports, and which RBAC verbs each transport requires.
 */
export interface KubernetesVersion {
  readonly major: number;
  readonly minor: number;
}

/** The state that the parts of the API server share. */
export interface ServerEnvironment {
  readonly store: Store;
  readonly resources: ServedResources;
  readonly pods: PodLifecycle;
  readonly network: PodNetwork;
  readonly tunnels: TunnelRegistry;
  readonly faults: FaultRegistry;
  readonly activity: ActivityLog;
  readonly users: readonly DemoUser[];
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
  readonly version: KubernetesVersion;
  readonly runtime: ContainerRuntime;
  /** The prefix of all paths, such as `/k8s/clusters/demo`, or an empty string. */
  readonly prefix: string;
  readonly bookmarkIntervalMs: number;
}
