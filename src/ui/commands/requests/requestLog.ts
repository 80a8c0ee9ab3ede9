import * as vscode from 'vscode';
import { VIEWS } from '../../../contributions.ts';
import type { RequestLogMode } from '../../../rpc/exchanges.ts';
import type { CommandHandler, CommandServices } from '../commandServices.ts';
import {
  allLogged,
  givenLogged,
  isAnyLogged,
  isTitle,
  type Logged,
  logModeOf,
  pickLogged,
  setLogModes,
} from './logged.ts';

/** Log Requests: logs the methods, paths, status codes, times and sizes of requests. */
export const logRequests: CommandHandler = (services, argument, selected) =>
  turnOn(services, 'metadata', chosen(services, vscode.l10n.t('Log Requests'), argument, selected, 'off'));

/** Record Requests: also records headers and bodies. */
export const recordRequests: CommandHandler = (services, argument, selected) =>
  turnOn(
    services,
    'record',
    chosen(services, vscode.l10n.t('Record Requests'), argument, selected, 'metadata'),
  );

/** Stop Logging Requests. The log keeps its entries until the user clears it. */
export const stopRequestLog: CommandHandler = async (services, argument, selected) => {
  const title = vscode.l10n.t('Stop Logging Requests');
  const logged = isTitle(argument)
    ? await pickLogged(title, allLogged(services).filter(isAnyLogged))
    : givenLogged(services, argument, selected);
  await setLogModes(services, logged, 'off');
};

async function turnOn(
  services: CommandServices,
  mode: RequestLogMode,
  choice: Promise<readonly Logged[]>,
): Promise<void> {
  const logged = await choice;
  if (logged.length === 0) return;
  await setLogModes(services, logged, mode);
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
