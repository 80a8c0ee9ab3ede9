import * as vscode from 'vscode';
import type { Exchange } from '../../rpc/exchanges.ts';
import { inform } from '../notify.ts';
import type { RequestsModel } from './requestsModel.ts';

/**
 * Returns the request of a row in the requests view. If the log has deleted the request, tells the user and returns
 * undefined. This can happen while the view is paused, because a paused view still shows the rows of deleted requests.
 */
export function knownRequest(requests: RequestsModel, id: number): Exchange | undefined {
  const exchange = requests.find(id);
  if (exchange === undefined) inform('information', vscode.l10n.t('This request is no longer in the log.'));
  return exchange;
}
