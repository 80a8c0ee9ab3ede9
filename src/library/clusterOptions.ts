import { defined } from '../base/defined.ts';
import { copyEnvironment } from '../base/environment.ts';
import { usage } from '../base/errors.ts';
import { kubectlHome } from '../base/kubectlHome.ts';
import { resolveContext } from '../kube/kubeconfig/toRestConfig.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { type ClientNodeKubeConfig, type ClusterLocation, locateCluster } from './kubeConfig.ts';

/**
 * Names the cluster and the user. Set only one of these: `kubeConfig`, or `restConfig`, or `kubeconfigPath` and
 * `context` (both or one of them). If nothing is set, the library finds the cluster as kubectl does: from `KUBECONFIG`,
 * `~/.kube/config`, or the service account of the pod in which the program runs.
 *
 * If an exec plugin of the kubeconfig fails after the start, for example because a login has expired, the library runs
 * the plugin again after a pause of at most 5 minutes, because the user may have signed in with another program.
 */
export interface ClusterOptions {
  /** Optional. A `KubeConfig` of `@kubernetes/client-node`. Its current context is used. */
  readonly kubeConfig?: ClientNodeKubeConfig;
  /** Optional. The server, TLS settings and credentials as values. */
  readonly restConfig?: RestConfig;
  /** Optional. The path of a kubeconfig file, like `kubectl --kubeconfig`. */
  readonly kubeconfigPath?: string;
  /**
   * Optional, default the kubeconfig's current context. Cannot be combined with `kubeConfig` or `restConfig`.
   */
  readonly context?: string;
}

/**
 * Returns how to connect to the cluster that `options` name, and the default namespace for that cluster.
 * @throws CodedError `USAGE` for options that exclude each other, and the errors of reading a kubeconfig
 */
export async function clusterOf(options: ClusterOptions): Promise<ClusterLocation> {
  const { kubeConfig, restConfig, kubeconfigPath, context } = options;
  const given = [kubeConfig, restConfig, kubeconfigPath ?? context].filter((each) => each !== undefined);
  if (given.length > 1) {
    throw usage('use only one of kubeConfig, restConfig, and kubeconfigPath with context');
  }
  if (restConfig !== undefined) return { restConfig, namespace: 'default' };
  if (kubeConfig !== undefined) return await locateCluster(kubeConfig);
  // As with `--context ""` of kubectl, an empty name means the current context.
  return await resolveContext(context ? { context } : {}, {
    environment: copyEnvironment(process.env),
    homeFolder: kubectlHome(process.env),
    isUnattended: true,
    ...defined({ kubeconfigPath }),
  });
}
