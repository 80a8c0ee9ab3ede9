import * as vscode from 'vscode';
import { notify } from '../../notify.ts';
import { openRequestText, readRecordedBody } from '../../requests/bodyContent.ts';
import { extensionOf } from '../../requests/exchangePaths.ts';
import { openExchange } from '../../requests/openExchange.ts';
import type { CommandServices } from '../commandServices.ts';
import { recordedRequestOf, requestOf } from './oneRequest.ts';

/** Open Request: opens the request and its response in an editor. */
export async function openRequest(services: CommandServices, argument: unknown): Promise<void> {
  const exchange = requestOf(services, argument);
  if (exchange !== undefined) await openExchange(exchange, 'exchange', true);
}

/**
 * Open Request Body, Open Response Body: opens a recorded body in the editor that VS Code has for its media type, such
 * as JSON or an image. If the body is empty, tells the user.
 */
export async function openBody(
  services: CommandServices,
  argument: unknown,
  side: 'request' | 'response',
): Promise<void> {
  const details = await recordedRequestOf(services, argument);
  if (details === undefined) return;
  const { bytes, text, mediaType } = readRecordedBody(details[side]);
  if (bytes.length === 0) {
    const { l10n } = vscode;
    const none =
      side === 'request' ? l10n.t('The request has no body.') : l10n.t('The response has no body.');
    // While the response is not complete, an empty body usually means that the body cannot be read yet. Exception: if
    // the request body is not marked as truncated, the request really has no body.
    const isOpen = details.durationMs === undefined && (side === 'response' || details.request.isTruncated);
    notify('information', isOpen ? openRequestText(l10n) : none);
    return;
  }
  await openExchange(details, side, true, extensionOf(mediaType, text !== undefined));
}
