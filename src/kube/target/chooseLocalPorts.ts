import type { Target } from '../../kinds/target.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { PortRequest } from './portRequest.ts';
import type { ResolveOptions } from './resolveOptions.ts';
import { resolveTarget } from './resolveTarget.ts';

/** The local ports of a command line. Only the cluster knows the number of a named port, which is also its local port. */
export async function chooseLocalPorts(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions & {
    /** Called before the first request: a person may take longer to sign in than a server may take to answer. */
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
