import type { DeclaredPort, ForwardSpecification } from '../../rpc/contract.ts';

const FIRST_UNPRIVILEGED_PORT = 1024;
/** Added to a privileged remote port to get the local port: 80 becomes 8080, and 443 becomes 8443. */
const PRIVILEGED_OFFSET = 8000;

/**
 * Returns the local port to try first if the user typed none: the last one of the target, or the number of the remote
 * port. For a number below 1024, adds 8000, even for root, because those ports are for system services. If the port
 * is in use, the host tries the next higher ones.
 * @param remote undefined for a port name whose number is not known yet; the result is then 0
 */
export function preferredLocalPort(remote: number | undefined, last: number | undefined): number {
  if (last !== undefined) return last;
  if (remote === undefined) return 0;
  return remote < FIRST_UNPRIVILEGED_PORT ? remote + PRIVILEGED_OFFSET : remote;
}

/** Returns true if the local port must be derived from the number of a remote port that is given by name. */
export function dependsOnName({
  localPort,
  remotePort,
}: Pick<ForwardSpecification, 'localPort' | 'remotePort'>): boolean {
  return localPort.mode === 'preferred' && localPort.port === 0 && typeof remotePort === 'string';
}

/**
 * Returns the local port for a remote port that is given by name.
 * @param ports the ports that the target declares
 */
export function localPortByName(
  name: number | string,
  ports: readonly DeclaredPort[],
): ForwardSpecification['localPort'] {
  const number = ports.find((port) => port.name === name)?.number;
  return { mode: 'preferred', port: preferredLocalPort(number, undefined) };
}
