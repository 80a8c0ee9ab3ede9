import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { PortHolder } from './linuxPortHolder.ts';
import type { ListeningSocket } from './listeningSockets.ts';

/** This very process. Nobody should be told to stop it: it carries all other forwards. */
export const OWN_HOLDER = 'another forward of this program';

/**
 * Returns the process that keeps `address` from being bound, as `name (process 123)` or {@link OWN_HOLDER}. Undefined if the
 * system does not tell; Linux and macOS show only processes of this user.
 * @param listed a fresh listing of Windows or macOS. Optional, default: list now
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
 * Returns whether one program may listen on 127.0.0.1 while another has the same port on all addresses. Windows and macOS allow
 * it (nodejs/node#14618), so the listeners are listed before binding. On other systems binding fails.
 */
export function mayShadowOthers({ platform }: LocalSystem): boolean {
  return platform === 'win32' || platform === 'darwin';
}
