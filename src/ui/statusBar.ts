import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { COMMANDS, STATUS_BAR_ITEM } from '../contributions.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';
import type { GatewaySnapshot } from '../rpc/gatewayContract.ts';
import type { ForwardsModel } from './forwards/forwardsModel.ts';
import { gatewayRowId } from './gateways/gatewayRows.ts';
import type { GatewaysModel } from './gateways/gatewaysModel.ts';
import { forwardedAddress, forwardName, stateText } from './present/forwardText.ts';
import { gatewayAddress, gatewayName, gatewayStateText } from './present/gatewayText.ts';
import { presentStatusBar } from './present/statusBarText.ts';

/** The tooltip lists this many forwards and counts the others. */
const MAX_LISTED = 15;

/** Shows how many ports are forwarded. Hidden if there are none. */
export class StatusBar implements Disposable {
  readonly #forwards: ForwardsModel;
  readonly #gateways: GatewaysModel;
  readonly #owned = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(forwards: ForwardsModel, gateways: GatewaysModel) {
    this.#forwards = forwards;
    this.#gateways = gateways;
    this.#item = this.#owned.add(
      vscode.window.createStatusBarItem(STATUS_BAR_ITEM, vscode.StatusBarAlignment.Left),
    );
    this.#item.name = vscode.l10n.t('Kubernetes Port Forward');
    this.#item.command = COMMANDS.showForwards;
    this.#owned.add(forwards.onDidChange(() => this.#update()));
    this.#owned.add(gateways.onDidChange(() => this.#update()));
    this.#update();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #update(): void {
    const { forwards } = this.#forwards;
    const { gateways } = this.#gateways;
    const shown = presentStatusBar(vscode.l10n, [...forwards, ...gateways]);
    if (shown === undefined) return this.#item.hide();
    this.#item.text = shown.text;
    this.#item.tooltip = tooltip([...forwards.map(forwardLine), ...gateways.map(gatewayLine)]);
    this.#item.accessibilityInformation = { label: shown.accessibleName, role: 'button' };
    this.#item.backgroundColor = shown.isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }
}

interface Line {
  readonly id: string;
  readonly address: string | undefined;
  readonly name: string;
  /** Optional, default ready. */
  readonly state?: string;
}

function forwardLine(forward: ForwardSnapshot): Line {
  const state = forward.state.type === 'ready' ? {} : { state: stateText(vscode.l10n, forward) };
  return { id: forward.id, address: forwardedAddress(forward), name: forwardName(forward), ...state };
}

function gatewayLine(gateway: GatewaySnapshot): Line {
  const { l10n } = vscode;
  const state = gateway.state.type === 'ready' ? {} : { state: gatewayStateText(l10n, gateway) };
  const address = gatewayAddress(gateway);
  return { id: gatewayRowId(gateway), address, name: gatewayName(l10n, gateway), ...state };
}

/** One line each, with its address as a link. Names from a cluster are appended as text, not as Markdown. */
function tooltip(lines: readonly Line[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: [COMMANDS.openInBrowser, COMMANDS.stopAllForwards] };
  text.appendMarkdown(`**${vscode.l10n.t('Forwarded Ports')}**\n\n`);
  for (const { id, address, name, state } of lines.slice(0, MAX_LISTED)) {
    text.appendMarkdown('- ');
    if (address !== undefined) {
      const command = `command:${COMMANDS.openInBrowser}?${encodeURIComponent(JSON.stringify([id]))}`;
      text.appendMarkdown(`[${address}](${command}) `);
    }
    text.appendText(name);
    if (state !== undefined) text.appendMarkdown(` *${state}*`);
    text.appendMarkdown('\n');
  }
  const more = lines.length - MAX_LISTED;
  if (more > 0) text.appendMarkdown(`\n${vscode.l10n.t('and {count} more', { count: more })}\n`);
  text.appendMarkdown(`\n[${vscode.l10n.t('Stop All Forwards')}](command:${COMMANDS.stopAllForwards})`);
  return text;
}
