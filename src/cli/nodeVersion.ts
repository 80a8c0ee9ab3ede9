import { constants } from 'node:os';

/**
 * The oldest supported version of Node, as major and minor. `@kubernetes/client-node`, with which the library can be
 * used, does not load on older versions.
 */
export const MINIMUM_NODE = [22, 19] as const;

/**
 * `runWithOwnNode` sets this variable for its child process. The variable tells the child to end when the IPC channel
 * to its parent closes. The child deletes the variable, so that its own child processes do not inherit it.
 */
export const WAITED_FOR_VARIABLE = 'KUBE_PORT_FORWARD_WAITED_FOR';
/** How long the program may take to stop after its parent has ended, in milliseconds. Then it exits anyway. */
const ALONE_LIMIT_MS = 5_000;

/** Returns true if this Node can run the program. */
export function isSupportedNode(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1]);
}

/**
 * Prepares this process to end, as with SIGTERM, when its parent process has ended. Does nothing if `runWithOwnNode`
 * did not start this process.
 */
export function endWithOuterProcess(): void {
  if (process.env[WAITED_FOR_VARIABLE] === undefined) return;
  delete process.env[WAITED_FOR_VARIABLE];
  const end = () => {
    // Emits the event of SIGTERM instead of sending the signal, because Windows cannot deliver this signal.
    if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(128 + constants.signals.SIGTERM);
    setTimeout(() => process.exit(), ALONE_LIMIT_MS).unref();
  };
  process.once('disconnect', end);
  // The IPC channel to the parent carries no messages, so the open channel must not keep this process alive.
  process.channel?.unref();
  if (process.connected === false) end();
}
