import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { PortHolder } from './linuxPortHolder.ts';
import type { ListeningSocket } from './listeningSockets.ts';

/**
 * The name for this process in messages about a port that one of its own forwards already uses. The name does not
 * contain the PID, because a user who ended the process by its PID would end all of its forwards.
 */
export const OWN_HOLDER = 'another forward of this program';

/**
 * Returns the process that prevents `address` and `port` from being bound, as `name (PID 123)` or {@link OWN_HOLDER}.
 * Returns undefined if the system does not report the process; Linux and macOS report only processes of this user.
 * @param listed the sockets from `listListeningSockets`. Optional, default: lists them now
 */
export async function findPortHolder(
  address: string,
  port: number,
  system: LocalSystem = thisSystem,
  listed?: readonly ListeningSocket[],
): Promise<string | undefined> {
  const holder =
    system.platform === 'linux'
      ? await (await import('./linuxPortHolder.ts')).findLinuxPortHolder(address, port)
      : await findListedHolder(address, port, system, listed);
  if (holder === undefined) return undefined;
  if (holder.processId === process.pid) return OWN_HOLDER;
  return `${holder.program || 'a program'} (PID ${holder.processId})`;
}

async function findListedHolder(
  address: string,
  port: number,
  system: LocalSystem,
  listed: readonly ListeningSocket[] | undefined,
): Promise<PortHolder | undefined> {
  const { findSocketAt, listListeningSockets, windowsProgram } = await import('./listeningSockets.ts');
  const sockets = listed ?? (await listListeningSockets(system)) ?? [];
  const socket = findSocketAt(sockets, address, port);
  if (socket === undefined || system.platform !== 'win32') return socket;
  return { ...socket, program: await windowsProgram(socket.processId, system) };
}

/**
 * Returns whether one program can listen on 127.0.0.1 while another program listens on the same port of all addresses.
 * Windows and macOS allow this (nodejs/node#14618), so the existing sockets are checked before a bind. On other
 * systems, the second bind fails.
 */
export function mayShadowOthers({ platform }: LocalSystem): boolean {
  return platform === 'win32' || platform === 'darwin';
}
