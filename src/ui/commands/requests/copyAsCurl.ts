import * as vscode from 'vscode';
import { shellKind } from '../../../base/shells.ts';
import type { ExchangeDetails } from '../../../rpc/exchanges.ts';
import { notify } from '../../notify.ts';
import { openRequestText } from '../../requests/bodyContent.ts';
import { type CurlCommand, curlCommand } from '../../requests/curlCommand.ts';
import { toRecordedRequest } from '../../requests/recordedRequest.ts';
import { placeholders } from '../../requests/replayRequest.ts';
import type { CommandServices } from '../commandServices.ts';
import { originOf, recordedRequestOf } from './oneRequest.ts';

/** Copy as cURL: copies a curl command for the request, in the syntax of the user's shell. */
export async function copyAsCurl(services: CommandServices, argument: unknown): Promise<void> {
  const details = await recordedRequestOf(services, argument);
  if (details === undefined) return;
  const origin = originOf(services, details) ?? 'http://localhost';
  const request = toRecordedRequest(details, origin);
  const shell = shellKind(vscode.env.shell);
  const command = curlCommand(request, { shell, isWindows: process.platform === 'win32' });
  await vscode.env.clipboard.writeText(command.text);
  const remarks = [
    remarkOnShell(command, shell),
    placeholders(request).length === 0
      ? undefined
      : vscode.l10n.t('Replace the redacted values before you run the command.'),
    remarkOnBody(details),
  ].filter((remark) => remark !== undefined);
  if (remarks.length > 0) notify('warning', remarks.join(' '));
}

function remarkOnBody({ request, durationMs }: ExchangeDetails): string | undefined {
  if (!request.isTruncated) return undefined;
  return durationMs === undefined
    ? openRequestText(vscode.l10n)
    : vscode.l10n.t('The body is incomplete, because only its beginning was recorded.');
}

function remarkOnShell(command: CurlCommand, shell: string): string | undefined {
  return command.shell === shell
    ? undefined
    : vscode.l10n.t('The command is for PowerShell, because the Command Prompt cannot run it.');
}
