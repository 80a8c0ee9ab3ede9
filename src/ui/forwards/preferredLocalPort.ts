const FIRST_UNPRIVILEGED_PORT = 1024;
/** 80 becomes 8080, and 443 becomes 8443. */
const PRIVILEGED_OFFSET = 8000;

/**
 * The local port to try first if the user typed none: the last one of the target, or the number of the remote port. A number
 * below 1024 is raised, also for root, because those ports belong to the system. The host counts up from there.
 * @param remote undefined for a port name with an unknown number; the result is then 0, any free port
 */
export function preferredLocalPort(remote: number | undefined, last: number | undefined): number {
  if (last !== undefined) return last;
  if (remote === undefined) return 0;
  return remote < FIRST_UNPRIVILEGED_PORT ? remote + PRIVILEGED_OFFSET : remote;
}
