import type { DeclaredPort, ForwardSpecification } from '../../rpc/contract.ts';

const FIRST_UNPRIVILEGED_PORT = 1024;
/** 80 becomes 8080, and 443 becomes 8443. */
const PRIVILEGED_OFFSET = 8000;

/**
 * The local port to try first if the user typed none: the last one of the target, or the number of the remote port. A number
 * below 1024 is raised, also for root, because those ports belong to the system. The host counts up from there.
 * @param remote undefined for a port name whose number is not known yet; the result is then 0
 */
export function preferredLocalPort(remote: number | undefined, last: number | undefined): number {
  if (last !== undefined) return last;
  if (remote === undefined) return 0;
  return remote < FIRST_UNPRIVILEGED_PORT ? remote + PRIVILEGED_OFFSET : remote;
}

/** Whether the local port of a new forward depends on the number of a remote port that is given by name. */
export function dependsOnName({
  localPort,
  remotePort,
}: Pick<ForwardSpecification, 'localPort' | 'remotePort'>): boolean {
  return localPort.mode === 'preferred' && localPort.port === 0 && typeof remotePort === 'string';
}

/** The local port for a remote port that is given by name, among the ports of the target. */
export function localPortByName(
  name: number | string,
  ports: readonly DeclaredPort[],
): ForwardSpecification['localPort'] {
  const number = ports.find((port) => port.name === name)?.number;
  return { mode: 'preferred', port: preferredLocalPort(number, undefined) };
}
