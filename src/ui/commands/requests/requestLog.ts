import * as vscode from 'vscode';
import { defined } from '../../../base/defined.ts';
import { VIEWS } from '../../../contributions.ts';
import { serviceName } from '../../../kinds/localhostName.ts';
import { type Exchange, type RequestLogMode, setRequestLog } from '../../../rpc/exchanges.ts';
import {
  type GatewayService,
  type GatewaySnapshot,
  setGatewayRequestLog,
} from '../../../rpc/gatewayContract.ts';
import { serviceRowId } from '../../gateways/gatewayRows.ts';
import { isUp } from '../../present/forwardText.ts';
import { gatewayAddress } from '../../present/gatewayText.ts';
import { type Running, runningAddress, runningName } from '../../present/running.ts';
import { pickFrom } from '../../prompts/quickPick.ts';
import { givenIds } from '../commandArguments.ts';
import type { CommandHandler, CommandServices } from '../commandServices.ts';
import { allRunning, findRunning, showNoForwards } from '../running.ts';

/** Log Requests: logs the methods, paths, status codes, times and sizes of requests. */
export const logRequests: CommandHandler = (services, argument, selected) =>
  turnOn(services, 'metadata', chosen(services, vscode.l10n.t('Log Requests'), argument, selected, 'off'));

/** Record Requests: logs requests as Log Requests does, and also records their headers and bodies. */
export const recordRequests: CommandHandler = (services, argument, selected) =>
  turnOn(
    services,
    'record',
    chosen(services, vscode.l10n.t('Record Requests'), argument, selected, 'metadata'),
  );

/**
 * Stop Logging Requests: logs and records no further requests. The requests in the list stay there until the user
 * clears the list.
 */
export const stopRequestLog: CommandHandler = async (services, argument, selected) => {
  const title = vscode.l10n.t('Stop Logging Requests');
  const logged =
    givenLogged(services, argument, selected) ??
    (await pickLogged(title, allLogged(services).filter(isAnyLogged)));
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
 * Returns the forwards, gateways and services whose request log a command turns on: those of the rows on which the
 * command was run. Without rows, asks the user to choose among the forwards and gateways whose log would contain more
 * after the command. If there are none, asks the user to choose among all forwards and gateways.
 * @param atMost the highest log mode that is less than the mode of the command: `off` for logging, `metadata` for
 *   recording
 */
async function chosen(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
  atMost: 'off' | 'metadata',
): Promise<readonly Logged[]> {
  const given = givenLogged(services, argument, selected);
  if (given !== undefined) return given;
  const all = allLogged(services);
  const less = all.filter((one) => logModeOf(one) === 'off' || logModeOf(one) === atMost);
  return pickLogged(title, less.length === 0 ? all : less);
}

/** Something that has a request log: a forward, a gateway, or one service of a gateway. */
type Logged =
  | Running
  | { readonly type: 'service'; readonly gateway: GatewaySnapshot; readonly service: GatewayService };

/**
 * Returns the forwards and gateways whose log a command can turn on or off. Omits gateways that have failed or stopped.
 */
function allLogged(services: CommandServices): readonly Logged[] {
  return allRunning(services).filter((one) => one.type === 'forward' || isUp(one.gateway));
}

/**
 * Returns the forwards, gateways and services of the given rows, or of an id from {@link loggedIdOf}. Undefined if the
 * arguments contain neither a row nor an id: the caller then asks the user.
 */
function givenLogged(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly Logged[] | undefined {
  const ids = givenIds(argument, selected);
  return ids.length === 0 ? undefined : ids.flatMap((id) => loggedWithId(services, id));
}

/**
 * Returns the id to pass to Record Requests, so that the command records the next requests of the same forward, or of
 * the same service of a gateway. The id is that of the forward, or that of the row of the service. Undefined if the
 * forward, gateway or service no longer exists.
 */
export function loggedIdOf(
  { forwards, gateways }: CommandServices,
  { forward, service: name }: Pick<Exchange, 'forward' | 'service'>,
): string | undefined {
  if (forwards.find(forward) !== undefined) return forward;
  const gateway = gateways.find(forward);
  const service = gateway?.services.find((each) => serviceName(each) === name);
  return gateway && service && serviceRowId(gateway, service);
}

function logModeOf(logged: Logged): RequestLogMode {
  const { requestLog = 'off' } =
    logged.type === 'forward' ? logged.forward : logged.type === 'gateway' ? logged.gateway : logged.service;
  return requestLog;
}

/**
 * Returns whether a forward, gateway or service logs requests. True for a gateway even if it logs the requests of only
 * some of its services.
 */
function isAnyLogged(logged: Logged): boolean {
  const isOn = ({ requestLog = 'off' }: GatewayService) => requestLog !== 'off';
  return logModeOf(logged) !== 'off' || (logged.type === 'gateway' && logged.gateway.services.some(isOn));
}

async function setLogModes(
  { host }: CommandServices,
  all: readonly Logged[],
  mode: RequestLogMode,
): Promise<void> {
  const set = (logged: Logged): Promise<void> => {
    if (logged.type === 'forward') return host.request(setRequestLog, { forward: logged.forward.id, mode });
    const service = logged.type === 'service' ? serviceName(logged.service) : undefined;
    return host.request(setGatewayRequestLog, { id: logged.gateway.id, mode, ...defined({ service }) });
  };
  await Promise.all(all.map(set));
}

/**
 * Asks the user to choose one of the forwards and gateways, or all of them. If there is only one, returns it without
 * asking. If there are none, tells the user.
 */
async function pickLogged(title: string, all: readonly Logged[]): Promise<readonly Logged[]> {
  const { l10n } = vscode;
  if (all.length === 0) showNoForwards();
  if (all.length <= 1) return all;
  const items = all.map((logged) => ({
    label: logged.type === 'service' ? serviceName(logged.service) : runningName(l10n, logged),
    description: logged.type === 'service' ? gatewayAddress(logged.gateway) : runningAddress(logged),
    value: [logged],
  }));
  const picked = await pickFrom<readonly Logged[]>(title, l10n.t('Choose a forwarded port'), [
    { label: l10n.t('All Forwarded Ports'), value: all },
    ...items,
  ]);
  return picked ?? [];
}

function loggedWithId(services: CommandServices, id: string): readonly Logged[] {
  const named = services.gateways.all.flatMap((gateway) =>
    gateway.services
      .filter((service) => serviceRowId(gateway, service) === id)
      .map((service) => ({ type: 'service', gateway, service }) as const),
  );
  return [...findRunning(services, [id]), ...named];
}
