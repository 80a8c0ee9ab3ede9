import type { Target } from '../../kinds/target.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { PortRequest } from './portRequest.ts';
import type { ResolveOptions } from './resolveOptions.ts';
import { resolveTarget } from './resolveTarget.ts';

/**
 * Returns the local port of each request. Asks the cluster only if a request has a named remote port and no local port:
 * the number of the named port is then also the local port.
 */
export async function chooseLocalPorts(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions & {
    /**
     * Called before the first request to the cluster, so that the time limit of {@link resolveTarget} does not include
     * the time that a person takes to sign in.
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
