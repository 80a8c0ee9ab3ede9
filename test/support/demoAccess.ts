import { type DemoCluster, type DemoClusterOptions, startDemoCluster } from '../../src/demo/entry.ts';
import { type Cluster, connectCluster } from '../../src/kube/cluster/cluster.ts';
import { type Kubeconfig, loadKubeconfig } from '../../src/kube/kubeconfig/kubeconfig.ts';
import type { RestConfigOverrides } from '../../src/kube/kubeconfig/restConfigOverrides.ts';
import { toRestConfig } from '../../src/kube/kubeconfig/toRestConfig.ts';
import type { RestConfig } from '../../src/rest/restConfig.ts';

/** A demo cluster with its loaded kubeconfig. A test disposes of it with `await using`. */
export interface DemoAccess extends AsyncDisposable {
  readonly demo: DemoCluster;
  readonly kubeconfig: Kubeconfig;
  restConfig(overrides?: RestConfigOverrides): Promise<RestConfig>;
  /**
   * Returns a client of the cluster's API server, which acts as `demo-admin` by default. The client ends with the demo
   * cluster.
   */
  connect(overrides?: RestConfigOverrides): Promise<Cluster>;
}

export async function startDemoAccess(options: DemoClusterOptions = {}): Promise<DemoAccess> {
  const demo = await startDemoCluster(options);
  const kubeconfig = await loadKubeconfig({
    kubeconfigPath: demo.kubeconfigPath,
    environment: {},
    homeFolder: '/',
  });
  const clusters: Cluster[] = [];
  const restConfig = async (overrides: RestConfigOverrides = {}) => {
    const resolved = await toRestConfig(kubeconfig, overrides, { environment: {}, homeFolder: '/' });
    return resolved.restConfig;
  };
  return {
    demo,
    kubeconfig,
    restConfig,
    async connect(overrides = {}) {
      const cluster = connectCluster(await restConfig(overrides));
      clusters.push(cluster);
      return cluster;
    },
    async [Symbol.asyncDispose]() {
      for (const cluster of clusters) cluster.dispose();
      await demo.dispose();
    },
  };
}
