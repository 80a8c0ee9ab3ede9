import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { COMMANDS, STATUS_BAR_ITEM } from '../contributions.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';
import type { ForwardsModel } from './forwards/forwardsModel.ts';
import { forwardedAddress, forwardName, stateText } from './present/forwardText.ts';
import { presentStatusBar } from './present/statusBarText.ts';

/** More than these are counted in the tooltip, not listed. */
const MAX_LISTED = 15;

/** How many ports are forwarded; hidden while none is. */
export class StatusBar implements Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();
  readonly #item: vscode.StatusBarItem;

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.#item = this.#owned.add(
      vscode.window.createStatusBarItem(STATUS_BAR_ITEM, vscode.StatusBarAlignment.Left),
    );
    this.#item.name = vscode.l10n.t('Kubernetes Port Forward');
    this.#item.command = COMMANDS.showForwards;
    this.#owned.add(model.onDidChange(() => this.#update()));
    this.#update();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #update(): void {
    const shown = presentStatusBar(vscode.l10n, this.#model.forwards);
    if (shown === undefined) return this.#item.hide();
    this.#item.text = shown.text;
    this.#item.tooltip = tooltip(this.#model.forwards);
    this.#item.accessibilityInformation = { label: shown.accessibleName, role: 'button' };
    this.#item.backgroundColor = shown.isWarning
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
    this.#item.show();
  }
}

/** A line per forward, its address a link. What comes from a cluster is appended as text, in which nothing is Markdown. */
function tooltip(forwards: readonly ForwardSnapshot[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.isTrusted = { enabledCommands: [COMMANDS.openInBrowser, COMMANDS.stopAllForwards] };
  text.appendMarkdown(`**${vscode.l10n.t('Forwarded Ports')}**\n\n`);
  for (const forward of forwards.slice(0, MAX_LISTED)) {
    const address = forwardedAddress(forward);
    text.appendMarkdown('- ');
    if (address !== undefined) {
      const command = `command:${COMMANDS.openInBrowser}?${encodeURIComponent(JSON.stringify([forward.id]))}`;
      text.appendMarkdown(`[${address}](${command}) `);
    }
    text.appendText(forwardName(forward));
    if (forward.state.type !== 'ready') text.appendMarkdown(` *${stateText(vscode.l10n, forward)}*`);
    text.appendMarkdown('\n');
  }
  const more = forwards.length - MAX_LISTED;
  if (more > 0) text.appendMarkdown(`\n${vscode.l10n.t('and {count} more', { count: more })}\n`);
  text.appendMarkdown(`\n[${vscode.l10n.t('Stop All Forwards')}](command:${COMMANDS.stopAllForwards})`);
  return text;
}
