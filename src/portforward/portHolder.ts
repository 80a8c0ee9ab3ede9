import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import type { PortHolder } from './linuxPortHolder.ts';
import type { ListeningSocket } from './listeningSockets.ts';

/** This very process, which nobody should be told to stop: it carries all the other forwards. */
export const OWN_HOLDER = 'another forward of this program';

/**
 * Who listens on a local TCP port so that `address` cannot be had, as `name (process 123)` or {@link OWN_HOLDER}. Undefined
 * where the system does not tell; Linux and macOS tell of this user's processes only.
 * @param listed what Windows or macOS has listed a moment ago; optional, default is to list now
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
  return `${holder.program || 'a program'} (process ${holder.processId})`;
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
 * Windows and macOS let one program listen on 127.0.0.1 while another has the same port on all addresses (nodejs/node#14618). There
 * the system must be asked before a port is bound; elsewhere binding fails.
 */
export function mayShadowOthers({ platform }: LocalSystem): boolean {
  return platform === 'win32' || platform === 'darwin';
}
