import * as vscode from 'vscode';
import type { Exchange } from '../../rpc/exchanges.ts';
import { inform } from '../notify.ts';
import type { RequestsModel } from './requestsModel.ts';

/**
 * Returns the request of a row. If the log has deleted the request meanwhile, tells the user and returns undefined: a
 * paused view still shows its row.
 */
export function knownRequest(requests: RequestsModel, id: number): Exchange | undefined {
  const exchange = requests.find(id);
  if (exchange === undefined) inform('information', vscode.l10n.t('This request is no longer in the log.'));
  return exchange;
}
