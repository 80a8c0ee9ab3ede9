import * as vscode from 'vscode';
import { COMMANDS } from '../../../contributions.ts';
import { serviceName } from '../../../kinds/localhostName.ts';
import type { Exchange, ExchangeDetails } from '../../../rpc/exchanges.ts';
import { toErrorInfo } from '../../../rpc/rpcErrors.ts';
import { inform } from '../../notify.ts';
import { knownRequest } from '../../requests/knownRequest.ts';
import { localUri } from '../browserAddress.ts';
import type { CommandServices } from '../commandServices.ts';
import { loggedIdOf } from './requestLog.ts';

/**
 * Returns the request of the row whose menu ran a command. If the request is no longer in the log, tells the user and
 * returns undefined.
 */
export function requestOf({ requests }: CommandServices, argument: unknown): Exchange | undefined {
  const id = requestIdOf(argument);
  return id === undefined ? undefined : knownRequest(requests, id);
}

/**
 * Returns the id of the request of the row whose menu ran a command. Undefined if the command was not run on a row: the
 * argument is then missing, or is another object that VS Code passes from a menu in the title of a view.
 */
export function requestIdOf(argument: unknown): number | undefined {
  const id = (argument as { readonly exchange?: unknown } | null | undefined)?.exchange;
  return typeof id === 'number' ? id : undefined;
}

/** Returns the recorded headers and bodies of a request. If there are none, tells the user and returns undefined. */
export async function recordedRequestOf(
  services: CommandServices,
  argument: unknown,
): Promise<ExchangeDetails | undefined> {
  const exchange = requestOf(services, argument);
  if (exchange === undefined) return undefined;
  if (exchange.isRecorded) {
    try {
      return await services.requests.read(exchange.id);
    } catch (error) {
      if (toErrorInfo(error).code !== 'EXCHANGE_NOT_FOUND') throw error;
    }
  }
  showNotRecorded(services, exchange);
  return undefined;
}

/** Tells the user that nothing was recorded, and offers to record future requests. */
export function showNotRecorded(services: CommandServices, exchange?: Exchange): void {
  const { l10n } = vscode;
  const id = exchange && loggedIdOf(services, exchange);
  const record = {
    title: l10n.t('Record Requests'),
    command: COMMANDS.recordRequests,
    arguments: id === undefined ? [] : [id],
  };
  inform(
    'information',
    l10n.t('Headers and bodies were not recorded. Record the requests, and then send the request again.'),
    exchange === undefined || id !== undefined ? [record] : [],
  );
}

/**
 * Returns the URL, without a path, to which a recorded request can be sent again: `http://localhost:8080` for a request
 * through a forward, `http://web.demo.localhost:8900` for a request through a gateway. Undefined if the forward or
 * gateway has ended.
 */
export function originOf({ forwards, gateways }: CommandServices, exchange: Exchange): string | undefined {
  const { service: name, host = '' } = exchange;
  const forward = forwards.find(exchange.forward);
  if (name !== undefined) {
    const { services = [], localPort } = gateways.find(exchange.forward) ?? {};
    const url = services.find((service) => serviceName(service) === name)?.url;
    // Prefers the host name of the recorded request if this name leads to this gateway, because the name may select a
    // port of the service: `p8080.web.demo.localhost` selects port 8080. The URL of the service could lead to another
    // port.
    const isOwnName = url !== undefined && host.endsWith(`.localhost:${localPort}`);
    return isOwnName ? `http://${host}` : url?.replace(/\/$/, '');
  }
  const uri = forward && localUri(forward);
  return uri === undefined ? undefined : `http://${uri.authority}`;
}
