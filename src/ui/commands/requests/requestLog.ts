import * as vscode from 'vscode';
import { VIEWS } from '../../../contributions.ts';
import type { ForwardSnapshot } from '../../../rpc/contract.ts';
import type { RequestLogMode } from '../../../rpc/exchanges.ts';
import { forwardedAddress, forwardName } from '../../present/forwardText.ts';
import { labelText } from '../../present/untrusted.ts';
import { pick } from '../../prompts/quickPick.ts';
import { manyForwards } from '../commandArguments.ts';
import type { CommandServices } from '../commandServices.ts';
import { VANISHED_ROW } from '../commandServices.ts';

/** Log Requests: logs the methods, paths, status codes, times and sizes of requests. */
export async function logRequests(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  await switchLog(
    services,
    'metadata',
    await chosen(services, vscode.l10n.t('Log Requests'), argument, selected, 'off'),
  );
}

/** Record Requests: records headers and bodies as well. */
export async function recordRequests(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  await switchLog(
    services,
    'record',
    await chosen(services, vscode.l10n.t('Record Requests'), argument, selected, 'metadata'),
  );
}

/** Stop Logging Requests. Logged requests stay until they are cleared. */
export async function stopRequestLog(
  services: CommandServices,
  argument?: unknown,
  selected?: unknown,
): Promise<void> {
  const title = vscode.l10n.t('Stop Logging Requests');
  const logged = services.forwards.forwards.filter((forward) => modeOf(forward) !== 'off');
  const forwards = isTitle(argument)
    ? await pickForwards(title, logged)
    : await manyForwards(services, title, argument, selected);
  await Promise.all(forwards.map(({ id }) => services.requests.setLog(id, 'off')));
}

async function switchLog(
  { requests }: CommandServices,
  mode: RequestLogMode,
  forwards: readonly ForwardSnapshot[],
): Promise<void> {
  if (forwards.length === 0) return;
  await Promise.all(forwards.map(({ id }) => requests.setLog(id, mode)));
  await vscode.commands.executeCommand(`${VIEWS.requests}.focus`, { preserveFocus: true });
}

/** Returns the forwards of a menu, or those that the user chooses among the forwards with less logging. */
async function chosen(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
  atMost: 'off' | 'metadata',
): Promise<readonly ForwardSnapshot[]> {
  if (!isTitle(argument)) return manyForwards(services, title, argument, selected);
  const { forwards } = services.forwards;
  const less = forwards.filter((forward) => modeOf(forward) === 'off' || modeOf(forward) === atMost);
  return pickForwards(title, less.length === 0 ? forwards : less);
}

/**
 * Returns whether a command names no forward: it comes from the palette, a button, or the title of a view, which VS Code
 * reports like a vanished row.
 */
function isTitle(argument: unknown): boolean {
  return argument === undefined || argument === VANISHED_ROW;
}

/** Asks only if there are several forwards. */
async function pickForwards(
  title: string,
  forwards: readonly ForwardSnapshot[],
): Promise<readonly ForwardSnapshot[]> {
  const { l10n } = vscode;
  if (forwards.length === 0) {
    vscode.window.showInformationMessage(l10n.t('No forwarded ports.')).then(undefined, () => {});
  }
  if (forwards.length <= 1) return forwards;
  const answer = await pick<readonly ForwardSnapshot[]>({
    title,
    placeholder: l10n.t('Choose a forwarded port'),
    load: (show) => {
      const items = forwards.map((forward) => ({
        label: labelText(forwardName(forward)),
        description: forwardedAddress(forward) ?? '',
        value: [forward],
      }));
      show([{ label: l10n.t('All Forwarded Ports'), value: forwards }, ...items], false);
      return undefined;
    },
  });
  return answer.type === 'picked' ? answer.value : [];
}

function modeOf({ requestLog }: ForwardSnapshot): RequestLogMode {
  return requestLog ?? 'off';
}
