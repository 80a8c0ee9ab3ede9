import * as vscode from 'vscode';
import type { Exchange, ExchangeDetails } from '../../rpc/exchanges.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { errorText } from '../present/errorText.ts';
import { readRecordedBody } from './bodyContent.ts';
import { exchangeDocument } from './exchangeDocument.ts';
import type { ExchangeFile } from './exchangeFiles.ts';
import { type ExchangePlace, readExchangePath } from './exchangePaths.ts';
import type { ForwardNames } from './forwardNames.ts';
import type { RequestsModel } from './requestsModel.ts';

export interface ExchangeFilesSources {
  readonly requests: RequestsModel;
  readonly names: ForwardNames;
}

/**
 * Returns the content of a read-only document for an exchange: a text with the request and its response, or only the
 * body of one of them.
 * @throws vscode.FileSystemError if `uri` is not the address of such a document, if the exchange is no longer in the
 *   log, or if the forward host cannot send the recorded headers and bodies
 */
export async function readExchangeFile(
  { requests, names }: ExchangeFilesSources,
  uri: vscode.Uri,
): Promise<ExchangeFile> {
  const place = readExchangePath(uri.path);
  if (place === undefined) throw vscode.FileSystemError.FileNotFound(uri);
  const details = await readDetails(requests, place);
  const content =
    place.part === 'exchange'
      ? Buffer.from(exchangeDocument(vscode.l10n, details, details.service ?? names.nameOf(details.forward)))
      : readRecordedBody(details[place.part]).bytes;
  const { startedAt, durationMs } = details;
  // The document of a request that has not ended may change at any time, so the current time is used as its
  // modification time.
  const changedAt = durationMs === undefined ? Date.now() : startedAt + durationMs;
  return { content, createdAt: startedAt, changedAt };
}

/**
 * Returns a request of the log with the recorded headers and bodies. If they were not recorded, the result has empty
 * headers and bodies.
 */
async function readDetails(
  requests: RequestsModel,
  { id, startedAt }: ExchangePlace,
): Promise<ExchangeDetails> {
  const known = requests.find(id) ?? (await requests.list({})).find((exchange) => exchange.id === id);
  if (known === undefined || Math.floor(known.startedAt) !== startedAt) {
    throw unavailable({ code: 'EXCHANGE_NOT_FOUND', arguments: { id } });
  }
  if (!known.isRecorded) return withoutDetails(known);
  try {
    return await requests.read(id);
  } catch (error) {
    const info = toErrorInfo(error);
    if (info.code === 'EXCHANGE_NOT_FOUND') return withoutDetails(known);
    throw unavailable(info);
  }
}

function unavailable(info: ErrorInfo): vscode.FileSystemError {
  return vscode.FileSystemError.Unavailable(errorText(vscode.l10n, info));
}

function withoutDetails(exchange: Exchange): ExchangeDetails {
  const nothing = { head: [], body: '', isTruncated: false };
  return { ...exchange, isRecorded: false, request: nothing, response: nothing };
}
