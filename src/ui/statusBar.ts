import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { COMMANDS, STATUS_BAR_ITEM } from '../contributions.ts';
import type { ForwardsModel } from './forwards/forwardsModel.ts';
import type { GatewaysModel } from './gateways/gatewaysModel.ts';
import { presentStatusBar } from './present/forwardCounts.ts';
import {
  type Running,
  runningAddress,
  runningId,
  runningName,
  snapshotOf,
  toRunning,
  unusualState,
} from './present/running.ts';

/** The tooltip lists at most this many forwards. If there are more, the tooltip says how many. */
const MAX_LISTED = 15;

/** The status bar item that shows how many ports are forwarded. It is hidden if no port is forwarded. */
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
    const running = toRunning(this.#forwards.all, this.#gateways.all);
    const shown = presentStatusBar(vscode.l10n, running.map(snapshotOf));
    if (shown === undefined) return this.#item.hide();
    this.#item.text = shown.text;
    this.#item.tooltip = tooltip(running);
    this.#item.accessibilityInformation = { label: shown.accessibleName, role: 'button' };
    this.#item.backgroundColor = shown.isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }
}

/**
 * Returns the tooltip. Each forward or gateway has one line with its address as a link, its name, and its state if the
 * state is unusual. Names from a cluster are appended as text, so that they are not parsed as Markdown.
 */
function tooltip(all: readonly Running[]): vscode.MarkdownString {
  const { l10n } = vscode;
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: [COMMANDS.openInBrowser, COMMANDS.stopAllForwards] };
  text.appendMarkdown(`**${l10n.t('Forwarded Ports')}**\n\n`);
  for (const running of all.slice(0, MAX_LISTED)) {
    const address = runningAddress(running);
    const state = unusualState(l10n, running);
    text.appendMarkdown('- ');
    if (address !== undefined) {
      const command = `command:${COMMANDS.openInBrowser}?${encodeURIComponent(JSON.stringify([runningId(running)]))}`;
      text.appendMarkdown(`[${address}](${command}) `);
    }
    text.appendText(runningName(l10n, running));
    if (state !== undefined) text.appendMarkdown(` *${state}*`);
    text.appendMarkdown('\n');
  }
  const more = all.length - MAX_LISTED;
  if (more > 0) text.appendMarkdown(`\n${l10n.t('and {count} more', { count: more })}\n`);
  text.appendMarkdown(`\n[${l10n.t('Stop All Forwards')}](command:${COMMANDS.stopAllForwards})`);
  return text;
}
