import type { Target } from '../kinds/target.ts';
import type { Cluster } from './cluster.ts';
import type { PortRequest } from './portRequest.ts';
import { type ResolveOptions, resolveTarget } from './resolveTarget.ts';

/** The local ports of a command line. A named port is the same locally by its number, which only the cluster knows. */
export async function chooseLocalPorts(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions,
): Promise<readonly number[]> {
  const known = ports.map(({ local, remote }) =>
    local === 'same' ? (typeof remote === 'number' ? remote : undefined) : local,
  );
  if (known.every((port) => port !== undefined)) return known;
  const resolved = await resolveTarget(cluster, target, namespace, ports, options);
  return resolved.ports.map(({ local }) => local);
}
