import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.ts';
import { COMMANDS } from '../../contributions.ts';
import { looksLikeHttp } from '../../kinds/portProtocol.ts';
import { isBound, isUp } from '../present/forwardText.ts';
import { knownPort } from '../present/knownPort.ts';
import { joinParts } from '../present/row.ts';
import {
  hasFailed,
  type Running,
  runningAddress,
  runningIcon,
  runningId,
  runningName,
  runningReason,
  unusualState,
} from '../present/running.ts';
import { labelText } from '../present/untrusted.ts';
import { type PickItem, pick } from '../prompts/quickPick.ts';
import type { CommandServices } from './commandServices.ts';
import { allRunning } from './running.ts';

type Choice = Running | { readonly type: 'command'; readonly command: string };

/**
 * Show Forwarded Ports: shows a quick pick with all forwards and gateways, and with commands such as Stop All Forwards.
 * A click on the status bar item also runs this command.
 */
export async function showForwards(services: CommandServices): Promise<void> {
  const { l10n } = vscode;
  const { forwards, gateways } = services;
  const answer = await pick<Choice>({
    title: l10n.t('Forwarded Ports'),
    placeholder: l10n.t('Choose a forwarded port to open it or copy its address'),
    load: (show) => {
      const owned = new DisposableStore();
      const update = (): void => show(choices(allRunning(services)), false);
      update();
      for (const { onDidChange } of [forwards, gateways]) owned.add(onDidChange(update));
      return owned;
    },
    onButton: (choice, button) => runButton(choice, button),
  });
  if (answer.type !== 'picked') return;
  const { value } = answer;
  if (value.type === 'command') await vscode.commands.executeCommand(value.command);
  else await vscode.commands.executeCommand(mainCommand(value), runningId(value));
}

/**
 * Returns the command to run if the user chooses a forward or gateway: Open in Browser or Copy Local Address if the
 * forward or gateway accepts connections, otherwise Restart Forward.
 */
function mainCommand(running: Running): string {
  if (running.type === 'gateway') {
    return isUp(running.gateway) ? COMMANDS.openInBrowser : COMMANDS.restartForward;
  }
  if (!isBound(running.forward)) return COMMANDS.restartForward;
  return looksLikeHttp(knownPort(running.forward)) ? COMMANDS.openInBrowser : COMMANDS.copyLocalAddress;
}

function choices(all: readonly Running[]): readonly PickItem<Choice>[] {
  const { l10n } = vscode;
  const command = (label: string, icon: string, id: string): PickItem<Choice> => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    alwaysShow: true,
    value: { type: 'command', command: id },
  });
  return [
    ...all.map(item),
    { label: '', kind: vscode.QuickPickItemKind.Separator },
    command(l10n.t('Forward a Port...'), 'add', COMMANDS.forwardPort),
    ...(all.length === 0
      ? []
      : [command(l10n.t('Stop All Forwards'), 'debug-stop', COMMANDS.stopAllForwards)]),
    command(l10n.t('Show Output'), 'output', COMMANDS.showOutput),
  ];
}

function item(running: Running): PickItem<Choice> {
  const { l10n } = vscode;
  const icon = runningIcon(running);
  const color = icon.color === undefined ? undefined : new vscode.ThemeColor(icon.color);
  const facts = [runningAddress(running), unusualState(l10n, running), runningReason(l10n, running)];
  return {
    key: runningId(running),
    label: labelText(runningName(l10n, running)),
    description: joinParts(facts),
    iconPath: new vscode.ThemeIcon(icon.id, color),
    buttons: [
      { iconPath: new vscode.ThemeIcon('copy'), tooltip: l10n.t('Copy Local Address') },
      {
        iconPath: new vscode.ThemeIcon('x'),
        tooltip: hasFailed(running) ? l10n.t('Remove') : l10n.t('Stop Forwarding Port'),
      },
    ],
    value: running,
  };
}

/**
 * Copies the address of a forward or gateway (first button), or stops it (second button). Returns whether the quick
 * pick stays open: true after a stop, because the user may want to stop more.
 */
function runButton(choice: Choice, button: number): boolean {
  if (choice.type === 'command') return true;
  const command = button === 0 ? COMMANDS.copyLocalAddress : COMMANDS.stopForward;
  vscode.commands.executeCommand(command, runningId(choice)).then(undefined, () => {});
  return button !== 0;
}
