import {
  type DeclaredPort,
  FIRST_UNPRIVILEGED_PORT,
  type LocalPort,
  UNPRIVILEGED_OFFSET,
} from '../../kinds/ports.ts';
import type { ForwardSpecification } from '../../rpc/forwardsContract.ts';

/**
 * Returns the local port to try first if the user specified none: the last local port of the target or, if there is
 * none, the number of the remote port. Adds 8000 to a number below 1024, even if the user is root, because ports below
 * 1024 are for system services. If the local port is in use, the host uses another free port, usually the next higher
 * one.
 * @param remote the number of the remote port; undefined if only its name is known. In this case, without a last local
 *   port, the result is 0, which means any free port
 * @param last the last local port from `LastLocalPorts`; undefined if no port is remembered
 */
export function preferredLocalPort(remote: number | undefined, last: number | undefined): number {
  if (last !== undefined) return last;
  if (remote === undefined) return 0;
  return remote < FIRST_UNPRIVILEGED_PORT ? remote + UNPRIVILEGED_OFFSET : remote;
}

/**
 * Returns true if the specification has the name of a remote port and no local port. The caller must then list the
 * ports of the target to find the number of that port, because {@link localPortByName} derives the local port from the
 * number.
 */
export function dependsOnName({
  localPort,
  remotePort,
}: Pick<ForwardSpecification, 'localPort' | 'remotePort'>): boolean {
  return localPort.mode === 'preferred' && localPort.port === 0 && typeof remotePort === 'string';
}

/**
 * Returns the local port to try first for a remote port that is given by name.
 * @param ports the ports that the target declares. If none of them has the name, the port in the result is 0, which
 *   means any free port
 */
export function localPortByName(name: number | string, ports: readonly DeclaredPort[]): LocalPort {
  const number = ports.find((port) => port.name === name)?.number;
  return { mode: 'preferred', port: preferredLocalPort(number, undefined) };
}
