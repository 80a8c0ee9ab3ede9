import * as vscode from 'vscode';
import { COMMANDS } from '../../../contributions.ts';
import type { Exchange, ExchangeDetails } from '../../../rpc/exchanges.ts';
import { toErrorInfo } from '../../../rpc/rpcErrors.ts';
import type { CommandServices } from '../commandServices.ts';
import { localUri } from '../localAddress.ts';

/** The request of the row whose menu ran a command. */
export function requestOf({ requests }: CommandServices, argument: unknown): Exchange | undefined {
  const id = (argument as { readonly exchange?: unknown } | null | undefined)?.exchange;
  return typeof id === 'number' ? requests.find(id) : undefined;
}

/** The recorded details of a request. Tells the user why there are none; then undefined. */
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
  tellNotRecorded(services, exchange.forward);
  return undefined;
}

/** Tells the user that nothing was recorded, and offers to record future requests. */
export function tellNotRecorded({ forwards }: CommandServices, forward?: string): void {
  const { l10n } = vscode;
  const record = l10n.t('Record Requests');
  const buttons = forward === undefined || forwards.find(forward) !== undefined ? [record] : [];
  vscode.window
    .showInformationMessage(
      l10n.t('Headers and bodies were not recorded. Record the requests, and then send the request again.'),
      ...buttons,
    )
    .then(
      (answer) =>
        answer === record
          ? vscode.commands.executeCommand(
              COMMANDS.recordRequests,
              ...(forward === undefined ? [] : [forward]),
            )
          : undefined,
      () => {},
    );
}

/** Returns `http://localhost:8080`, the current address of a request's forward. Undefined if the forward has ended. */
export function originOf({ forwards }: CommandServices, forwardId: string): string | undefined {
  const forward = forwards.find(forwardId);
  const uri = forward && localUri(forward);
  return uri === undefined ? undefined : `http://${uri.authority}`;
}
