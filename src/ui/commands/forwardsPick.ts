import * as vscode from 'vscode';
import { COMMANDS } from '../../contributions.ts';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import { forwardIcon } from '../present/forwardRows.ts';
import { forwardedAddress, forwardName, isBound, reasonText, stateText } from '../present/forwardText.ts';
import { looksLikeHttp } from '../present/portProtocol.ts';
import { labelText } from '../present/untrusted.ts';
import { type PickItem, pick } from '../prompts/quickPick.ts';
import type { CommandServices } from './commandServices.ts';

type Choice =
  | { readonly type: 'forward'; readonly forward: ForwardSnapshot }
  | { readonly type: 'command'; readonly command: string };

/** The quick pick behind the status bar item: all forwards with their actions, and Stop All Forwards. */
export async function showForwards({ forwards }: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const answer = await pick<Choice>({
    title: l10n.t('Forwarded Ports'),
    placeholder: l10n.t('Choose a forwarded port to open it or copy its address'),
    load: (show) => {
      const update = (): void => show(choices(forwards.forwards), false);
      update();
      return forwards.onDidChange(update);
    },
    onButton: (choice, button) => runButton(choice, button),
  });
  if (answer.type !== 'picked') return;
  const { value } = answer;
  if (value.type === 'command') await vscode.commands.executeCommand(value.command);
  else if (isBound(value.forward)) {
    const command = looksLikeHttp(value.forward) ? COMMANDS.openInBrowser : COMMANDS.copyLocalAddress;
    await vscode.commands.executeCommand(command, value.forward.id);
  } else await vscode.commands.executeCommand(COMMANDS.restartForward, value.forward.id);
}

function choices(forwards: readonly ForwardSnapshot[]): readonly PickItem<Choice>[] {
  const { l10n } = vscode;
  const command = (label: string, icon: string, id: string): PickItem<Choice> => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    alwaysShow: true,
    value: { type: 'command', command: id },
  });
  return [
    ...forwards.map(forwardItem),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    command(l10n.t('Forward a Port...'), 'add', COMMANDS.forwardPort),
    ...(forwards.length === 0
      ? []
      : [command(l10n.t('Stop All Forwards'), 'debug-stop', COMMANDS.stopAllForwards)]),
    command(l10n.t('Show Output'), 'output', COMMANDS.showOutput),
  ];
}

function forwardItem(forward: ForwardSnapshot): PickItem<Choice> {
  const { l10n } = vscode;
  const icon = forwardIcon(forward);
  const color = icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color);
  const state = forward.state.type === 'ready' ? undefined : stateText(l10n, forward);
  return {
    label: labelText(forwardName(forward)),
    description: [forwardedAddress(forward), state, state && reasonText(l10n, forward)]
      .filter((part) => part !== undefined)
      .join(' · '),
    iconPath: new vscode.ThemeIcon(icon.id, color),
    buttons: [
      { iconPath: new vscode.ThemeIcon('copy'), tooltip: l10n.t('Copy Local Address') },
      {
        iconPath: new vscode.ThemeIcon('x'),
        tooltip: forward.state.type === 'failed' ? l10n.t('Remove') : l10n.t('Stop Forwarding Port'),
      },
    ],
    value: { type: 'forward', forward },
  };
}

/** Stopping keeps the quick pick open: the user may want to stop more. */
function runButton(choice: Choice, button: number): boolean {
  if (choice.type !== 'forward') return true;
  const command = button === 0 ? COMMANDS.copyLocalAddress : COMMANDS.stopForward;
  vscode.commands.executeCommand(command, choice.forward.id).then(undefined, () => {});
  return button !== 0;
}
