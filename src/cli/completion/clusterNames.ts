import { raceAbort } from '../../base/async.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { isPortName } from '../../kinds/ports.ts';
import { formatTarget, isObjectName, parseTarget, readTarget } from '../../kinds/target.ts';
import { type Cluster, connectCluster } from '../../kube/cluster/cluster.ts';
import { resourceOf } from '../../kube/cluster/resources.ts';
import { type Kubeconfig, loadKubeconfig } from '../../kube/kubeconfig/kubeconfig.ts';
import { toRestConfig } from '../../kube/kubeconfig/toRestConfig.ts';
import { declaredPorts } from '../../kube/target/declaredPorts.ts';
import { listForwards } from '../../rpc/forwardsContract.ts';
import { findHost, type HostServices } from '../hostLink.ts';
import type { OptionValues } from '../options.ts';
import { overridesOf } from '../optionValues.ts';

export type CompletionServices = HostServices;

/**
 * The functions that find names for the completion of a command line, and `Symbol.dispose`, which closes the
 * connections to API servers that these functions have opened.
 */
export type ClusterNames = ReturnType<typeof openClusterNames>;

const MAX_NAMES = 500;

/**
 * Returns functions that find names for completion. Names of contexts, clusters and users come from the kubeconfig, and
 * targets of forwards come from the forward host. All other names come from the cluster, to which a function connects
 * only when it is called. A function rejects if the cluster cannot be reached, if the user has no permission, or when
 * the signal is aborted.
 */
export function openClusterNames(values: OptionValues, services: CompletionServices, signal: AbortSignal) {
  const owned = new DisposableStore();
  const kubeconfig = () =>
    loadKubeconfig({ ...services, ...(values.kubeconfig && { kubeconfigPath: values.kubeconfig }) }, values);
  const connect = async () => {
    const config = withoutInteractiveUsers(await kubeconfig());
    const { restConfig, namespace } = await toRestConfig(config, overridesOf(values), services);
    return { cluster: owned.add(connectCluster(restConfig)), namespace };
  };
  // Makes a function reject when the signal is aborted, even while it waits for something that does not observe the
  // signal, such as a file or the forward host.
  const limited =
    <A extends unknown[], T>(find: (...values: A) => Promise<readonly T[]>) =>
    (...values: A) =>
      raceAbort(find(...values), signal);
  return {
    kubeconfig: limited(async (kind: 'context' | 'cluster' | 'user') => {
      const config = await kubeconfig();
      return config[`${kind}s`].map(({ name }) => name);
    }),
    namespaces: limited(async () => {
      const { cluster } = await connect();
      return await namesOf(cluster, 'namespaces', undefined, signal);
    }),
    /**
     * Resolves with the names of all objects of a kind; empty if the kind is unknown.
     * @param type the kind in any spelling that the command line accepts, such as `svc` or `service`
     */
    objects: limited(async (type: string) => {
      const target = readTarget(`${type}/x`);
      if (target === undefined || target.kind === 'selector') return [];
      const { cluster, namespace } = await connect();
      return await namesOf(cluster, resourceOf(target.kind), namespace, signal);
    }),
    ports: limited(async (text: string) => {
      const target = parseTarget(text);
      const { cluster, namespace } = await connect();
      const ports = await declaredPorts(cluster, target, namespace, signal);
      return ports.filter(
        ({ name, protocol }) => protocol === 'TCP' && (name === undefined || isPortName(name)),
      );
    }),
    /**
     * Resolves with the targets of the forwards in the host, such as `service/web`. Each target is listed only once.
     */
    forwards: limited(async () => {
      using host = await findHost(services);
      const forwards = host === undefined ? [] : await host.request(listForwards);
      return [...new Set(forwards.map(({ specification }) => formatTarget(specification.target)))];
    }),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

async function namesOf(
  cluster: Cluster,
  resource: Parameters<Cluster['listPage']>[0],
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { items } = await cluster.listPage(resource, { namespace, limit: MAX_NAMES }, signal);
  return items.map(({ metadata }) => metadata?.name ?? '').filter(isObjectName);
}

/**
 * Returns the kubeconfig without the users whose plugins may ask questions. Completion then does not run these plugins,
 * because nobody can answer questions during completion.
 */
function withoutInteractiveUsers(kubeconfig: Kubeconfig): Kubeconfig {
  const users = kubeconfig.users.filter(({ exec }) => exec === undefined || exec.interactiveMode === 'Never');
  return { ...kubeconfig, users };
}
