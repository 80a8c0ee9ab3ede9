import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { printable } from '../../base/text.ts';
import type { KeyValueStore } from '../clusters/rememberedNamespaces.ts';
import { notificationText } from '../present/untrusted.ts';
import { AutoStartRounds } from './autoStartRounds.ts';
import { openSavedSettings } from './openSavedSettings.ts';
import type { SavedForward } from './savedForward.ts';
import type { SavedForwards } from './savedForwards.ts';
import { entryTarget } from './savedRows.ts';
import { type SavedStarterServices, startSavedForwards } from './savedStarter.ts';

const APPROVAL = 'approvedAutoStart';
/**
 * The question whether to start forwards automatically names at most this many forwards. If there are more, the
 * question says how many.
 */
const MAX_LISTED = 3;

/**
 * Starts saved forwards with `autoStart` when a trusted folder opens. Entries of the user settings start at once.
 * Entries of the workspace start only after the user has approved exactly these entries and their destinations
 * (kubeconfig and context). The approval is a hash of the entries and destinations. VS Code stores it outside the
 * workspace, so that no file of the workspace can forge it.
 */
export class AutoStart implements Disposable {
  readonly #saved: SavedForwards;
  readonly #services: SavedStarterServices;
  readonly #approvals: KeyValueStore;
  readonly #owned = new DisposableStore();
  readonly #rounds = new AutoStartRounds();

  /** @param approvals stores which entries the user has approved in this workspace */
  constructor(saved: SavedForwards, services: SavedStarterServices, approvals: KeyValueStore) {
    this.#saved = saved;
    this.#services = services;
    this.#approvals = approvals;
    const begin = (): void => {
      this.#owned.add(saved.onDidChange(() => void this.#start().catch(() => {})));
      this.#start().catch(() => {});
    };
    if (vscode.workspace.isTrusted) begin();
    else this.#owned.add(vscode.workspace.onDidGrantWorkspaceTrust(begin));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #start(): Promise<void> {
    // `destinations` starts a forward host to list the contexts, so it is called only if there is a forward to start.
    const destinationOf =
      this.#wanted.length === 0 ? () => null : await this.#services.entries.destinations();
    if (this.#owned.isDisposed) return;
    const approval = this.#approvals.get<string | undefined>(APPROVAL, undefined);
    // Reads `#wanted` again instead of using the value from before, because the settings may have changed while the
    // host answered.
    const { starting, asking, hash } = this.#rounds.next(this.#wanted, approval, destinationOf);
    if (starting.length > 0) startSavedForwards(this.#services, starting, true).catch(() => {});
    if (asking.length > 0) this.#ask(asking, hash).catch(() => {});
  }

  get #wanted(): readonly SavedForward[] {
    return this.#saved.forwards.filter(({ entry }) => entry.autoStart === true);
  }

  async #ask(forwards: readonly SavedForward[], hash: string): Promise<void> {
    const { l10n } = vscode;
    const start = l10n.t('Start');
    const show = l10n.t('Show');
    const text = notificationText(questionText(forwards));
    const answer = await vscode.window.showInformationMessage(text, start, l10n.t('Not Now'), show);
    if (answer === show) {
      const [first] = forwards;
      if (first !== undefined) await openSavedSettings(first.scope, first.entry.name);
      return this.#ask(forwards, hash);
    }
    if (answer !== start) return;
    await this.#approvals.update(APPROVAL, hash);
    await startSavedForwards(this.#services, forwards);
  }
}

function questionText(forwards: readonly SavedForward[]): string {
  const { l10n } = vscode;
  const listed = forwards
    .slice(0, MAX_LISTED)
    .map(
      ({ entry }) =>
        `${printable(entry.name)} (${entryTarget(l10n, entry)}, ${printable(entry.context ?? '')})`,
    );
  const more = forwards.length - MAX_LISTED;
  if (more > 0) listed.push(l10n.t('and {count} more', { count: more }));
  return l10n.t('This workspace wants to start these forwards whenever it opens: {forwards}', {
    forwards: listed.join(', '),
  });
}
