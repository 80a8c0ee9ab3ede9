import * as vscode from 'vscode';
import { EXTENSION_ID, VIEWS } from '../../../contributions.ts';
import type { Exchange, ExchangeDetails } from '../../../rpc/exchanges.ts';
import { toErrorInfo } from '../../../rpc/rpcErrors.ts';
import { notify } from '../../notify.ts';
import { toHar } from '../../requests/har.ts';
import type { CommandServices } from '../commandServices.ts';
import { originOf, recordedRequestOf, requestIdOf, showNotRecorded } from './oneRequest.ts';

const FILE = 'requests.har';

/** Save as HAR...: saves the request of a row, or all recorded requests, as an HTTP Archive file. */
export async function saveAsHar(services: CommandServices, argument?: unknown): Promise<void> {
  // If the command was run from the Command Palette or from the title of the view, there is no row. In this case, all
  // recorded requests are saved.
  if (requestIdOf(argument) !== undefined) {
    const details = await recordedRequestOf(services, argument);
    if (details !== undefined) await save(services, [details]);
    return;
  }
  const recorded = (await services.requests.list({})).filter(({ isRecorded }) => isRecorded);
  const all = await vscode.window.withProgress({ location: { viewId: VIEWS.requests } }, () =>
    readAll(services, recorded),
  );
  if (all.length === 0) showNotRecorded(services);
  else await save(services, all);
}

/** Reads the headers and bodies of requests. Skips requests that the log has deleted in the meantime. */
async function readAll(
  { requests }: CommandServices,
  exchanges: readonly Exchange[],
): Promise<readonly ExchangeDetails[]> {
  const all: ExchangeDetails[] = [];
  for (const { id } of exchanges) {
    try {
      all.push(await requests.read(id));
    } catch (error) {
      if (toErrorInfo(error).code !== 'EXCHANGE_NOT_FOUND') throw error;
    }
  }
  return all;
}

async function save(services: CommandServices, exchanges: readonly ExchangeDetails[]): Promise<void> {
  const { l10n } = vscode;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const file = await vscode.window.showSaveDialog({
    title: l10n.t('Save as HAR'),
    filters: { [l10n.t('HTTP Archive')]: ['har'] },
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, FILE) }),
  });
  if (file === undefined) return;
  const version = String(vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON.version ?? '');
  const har = toHar(exchanges, { version, originOf: (exchange) => originOf(services, exchange) });
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(`${JSON.stringify(har, null, 2)}\n`));
  const count = exchanges.length;
  notify(
    'information',
    count === 1 ? l10n.t('Saved 1 request.') : l10n.t('Saved {count} requests.', { count }),
  );
}
