/** The entry point of the demo cluster: everything that tests, scripts and the benchmark import from it. */

import { adminEndpoint } from './adminEndpoint.ts';
import { type DemoCluster, type DemoClusterOptions, startCluster } from './demoCluster.ts';

export { IMAGE } from './content/demoContent.ts';
export type { DemoCluster, DemoClusterOptions } from './demoCluster.ts';
export type { DemoPods } from './demoPods.ts';
export type { TransportName, TransportRefusal } from './faults.ts';
export { pendingPod, withReadiness } from './objects/podStates.ts';
export { createPodSpec, createPodTemplate, tcp } from './objects/podTemplate.ts';
export { createService } from './objects/services.ts';
export type { Labels, OwnerReference, Pod, Service } from './objects/types.ts';
export {
  createDeployment,
  createReplicationController,
  createRollout,
  createStatefulSet,
  type WorkloadOptions,
} from './objects/workloads.ts';
export { createImages } from './pods/images.ts';
export { servePods } from './pods/podProcess.ts';
export { createWebProgram } from './pods/webProgram.ts';
export { CONTAINER_RUNTIMES } from './portforward/containerRuntime.ts';
export { runDemoProgram } from './program.ts';
export type { DemoUserName } from './users.ts';

/**
 * Starts a demo cluster with the admin endpoint, through which other processes can turn faults on. The extension's demo
 * cluster (`src/demo.ts`) has no admin endpoint. The caller disposes of the cluster.
 */
export function startDemoCluster(options?: DemoClusterOptions): Promise<DemoCluster> {
  return startCluster(options, adminEndpoint);
}
