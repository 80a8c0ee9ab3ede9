import * as vscode from 'vscode';
import type { Exchange } from '../../rpc/exchanges.ts';
import { EXCHANGE_SCHEME, type ExchangePart, exchangePath } from './exchangePaths.ts';

/**
 * Opens an exchange (a request with its response) as a read-only document, or only the body of the request or of the
 * response.
 * @param isPinned true for an editor that stays open, false for a preview that does not take the focus
 * @param extension the file name extension of the document; optional, default `txt`
 */
export async function openExchange(
  exchange: Exchange,
  part: ExchangePart,
  isPinned: boolean,
  extension?: string,
): Promise<void> {
  const uri = vscode.Uri.from({
    scheme: EXCHANGE_SCHEME,
    path: exchangePath(exchange, part, extension),
  });
  await vscode.commands.executeCommand('vscode.open', uri, {
    preview: !isPinned,
    preserveFocus: !isPinned,
  } satisfies vscode.TextDocumentShowOptions);
}
