import * as vscode from 'vscode';
import { VIEWS } from '../../../contributions.ts';
import type { RequestLogMode } from '../../../rpc/exchanges.ts';
import type { CommandServices } from '../commandServices.ts';
import {
  allLogged,
  givenLogged,
  isAnyLogged,
  isTitle,
  type Logged,
  logModeOf,
  pickLogged,
  setLogMode,
} from './logged.ts';

/** Log Requests: logs the methods, paths, status codes, times and sizes of requests. */
export async function logRequests(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  const title = vscode.l10n.t('Log Requests');
  await switchLog(services, 'metadata', await chosen(services, title, argument, selected, 'off'));
}

/** Record Requests: also records headers and bodies. */
export async function recordRequests(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  const title = vscode.l10n.t('Record Requests');
  await switchLog(services, 'record', await chosen(services, title, argument, selected, 'metadata'));
}

/** Stop Logging Requests. The log keeps its entries until the user clears it. */
export async function stopRequestLog(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  const title = vscode.l10n.t('Stop Logging Requests');
  const logged = isTitle(argument)
    ? await pickLogged(title, allLogged(services).filter(isAnyLogged))
    : givenLogged(services, argument, selected);
  await Promise.all(logged.map((one) => setLogMode(services, one, 'off')));
}

async function switchLog(
  services: CommandServices,
  mode: RequestLogMode,
  logged: readonly Logged[],
): Promise<void> {
  if (logged.length === 0) return;
  await Promise.all(logged.map((one) => setLogMode(services, one, mode)));
  await vscode.commands.executeCommand(`${VIEWS.requests}.focus`, { preserveFocus: true });
}

/**
 * Returns the logs of the rows that a menu was opened for. Otherwise the user chooses among the logs that show at most `atMost`, or among
 * all logs if none does.
 */
async function chosen(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
  atMost: 'off' | 'metadata',
): Promise<readonly Logged[]> {
  if (!isTitle(argument)) return givenLogged(services, argument, selected);
  const all = allLogged(services);
  const less = all.filter((one) => logModeOf(one) === 'off' || logModeOf(one) === atMost);
  return pickLogged(title, less.length === 0 ? all : less);
}
