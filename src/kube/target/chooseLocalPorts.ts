import type { Target } from '../../kinds/target.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { PortRequest } from './portRequest.ts';
import type { ResolveOptions } from './resolveOptions.ts';
import { resolveTarget } from './resolveTarget.ts';

/**
 * Returns the local port of each request. If a request names its remote port and gives no local port, such as `http`,
 * the local port is the number of the remote port. To find this number, the function reads the target and its pods from
 * the cluster.
 */
export async function chooseLocalPorts(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions & {
    /**
     * Signs in to the cluster. Called before {@link resolveTarget}, whose time limit may be shorter than the time that
     * a person needs to sign in. Not called if all local ports are known without the cluster.
     */
    readonly signIn: () => Promise<unknown>;
  },
): Promise<readonly number[]> {
  const known = ports.map(({ local, remote }) =>
    local === 'same' ? (typeof remote === 'number' ? remote : undefined) : local,
  );
  if (known.every((port) => port !== undefined)) return known;
  await options.signIn();
  const resolved = await resolveTarget(cluster, target, namespace, ports, options);
  return resolved.ports.map(({ local }) => local);
}
