import type { Target } from '../kinds/target.ts';
import type { Cluster } from './cluster.ts';
import type { PortRequest } from './portRequest.ts';
import type { ResolveOptions } from './resolveOptions.ts';
import { resolveTarget } from './resolveTarget.ts';

/** The local ports of a command line. A named port is the same locally by its number, which only the cluster knows. */
export async function chooseLocalPorts(
  cluster: Cluster,
  target: Target,
  namespace: string,
  ports: readonly PortRequest[],
  options: ResolveOptions & {
    /** Done before the cluster is asked: a person may take longer to sign in than a server may take to answer. */
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
