import * as vscode from 'vscode';
import { describeError } from '../../../base/errors.ts';
import { notify } from '../../notify.ts';
import { methodText, pathText } from '../../present/exchangeRows.ts';
import { notificationText } from '../../present/untrusted.ts';
import { type RecordedRequest, toRecordedRequest } from '../../requests/recordedRequest.ts';
import {
  fillIn,
  needsConfirmation,
  type Placeholder,
  placeholders,
  type ReplayObstacle,
  replayObstacle,
} from '../../requests/replayRequest.ts';
import { sendAgain } from '../../requests/sendAgain.ts';
import type { CommandServices } from '../commandServices.ts';
import { originOf, recordedRequestOf } from './oneRequest.ts';

/**
 * The longest time that a replayed request waits for its response, in milliseconds. After this time, the request is
 * aborted, and the user sees an error.
 */
const LIMIT_MS = 60_000;

/**
 * Replay: sends a recorded request again. First asks the user for the values that were redacted in the recording. If
 * the method is not GET or HEAD, also asks for confirmation.
 */
export async function replayRequest(services: CommandServices, argument: unknown): Promise<void> {
  const details = await recordedRequestOf(services, argument);
  if (details === undefined) return;
  const origin = originOf(services, details);
  const obstacle = replayObstacle(details) ?? (origin === undefined ? 'notForwarded' : undefined);
  if (obstacle !== undefined || origin === undefined) {
    notify('warning', obstacleText(obstacle ?? 'notForwarded'));
    return;
  }
  const title = `${methodText(details)} ${pathText(details)}`;
  const filled = await askForValues(toRecordedRequest(details, origin), title);
  if (filled === undefined || !(await isConfirmed(filled, title))) return;
  await send(filled, title);
}

/** Asks for each redacted value, and returns the request with these values. Undefined if the user cancels. */
async function askForValues(request: RecordedRequest, title: string): Promise<RecordedRequest | undefined> {
  const { l10n } = vscode;
  const missing = placeholders(request);
  const values = new Map<Placeholder, string>();
  for (const [index, placeholder] of missing.entries()) {
    const value = await vscode.window.showInputBox({
      title: l10n.t('Replay {request} ({step}/{steps})', {
        request: title,
        step: index + 1,
        steps: missing.length,
      }),
      prompt: placeholderText(placeholder),
      password: true,
      ignoreFocusOut: true,
    });
    if (value === undefined) return undefined;
    values.set(placeholder, value);
  }
  return fillIn(request, values);
}

function placeholderText({ type, name }: Placeholder): string {
  const { l10n } = vscode;
  switch (type) {
    case 'header':
      return l10n.t('Value of the header {name}, which was redacted', { name });
    case 'target':
      return l10n.t('Value of the query parameter {name}, which was redacted', { name });
    case 'body':
      return l10n.t('Value of {name} in the body, which was redacted', { name });
  }
}

async function isConfirmed(request: RecordedRequest, title: string): Promise<boolean> {
  if (!needsConfirmation(request)) return true;
  const { l10n } = vscode;
  const replay = l10n.t('Replay');
  const text = l10n.t('Replay {request}? It may change data.', { request: title });
  return (await vscode.window.showWarningMessage(notificationText(text), replay)) === replay;
}

async function send(request: RecordedRequest, title: string): Promise<void> {
  const { l10n } = vscode;
  try {
    const status = await sendAgain(request, AbortSignal.timeout(LIMIT_MS));
    notify('information', l10n.t('Replayed {request}: {status}', { request: title, status }));
  } catch (error) {
    notify(
      'error',
      l10n.t("Couldn't replay {request}: {reason}", { request: title, reason: describeError(error) }),
    );
  }
}

function obstacleText(obstacle: ReplayObstacle | 'notForwarded'): string {
  const { l10n } = vscode;
  switch (obstacle) {
    case 'truncated':
      return l10n.t('This request cannot be replayed, because only the beginning of its body was recorded.');
    case 'protocol':
      return l10n.t('Only HTTP/1.1 requests can be replayed.');
    case 'running':
      return l10n.t('This request is not complete yet.');
    case 'notForwarded':
      return l10n.t('This request cannot be replayed, because its port is no longer forwarded.');
    case 'notRecorded':
      return l10n.t('This request cannot be replayed, because it was not recorded.');
  }
}
