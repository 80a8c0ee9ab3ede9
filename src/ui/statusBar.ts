import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { COMMANDS, STATUS_BAR_ITEM } from '../contributions.ts';
import type { ForwardSnapshot } from '../rpc/contract.ts';
import type { ForwardsModel } from './forwards/forwardsModel.ts';
import { forwardedAddress, forwardName, stateText } from './present/forwardText.ts';
import { presentStatusBar } from './present/statusBarText.ts';

/** The tooltip lists this many forwards and counts the others. */
const MAX_LISTED = 15;

/** Shows how many ports are forwarded. Hidden if there are none. */
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

/** One line per forward, with its address as a link. Names from a cluster are appended as text, not as Markdown. */
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
