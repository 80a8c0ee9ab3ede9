import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { printable } from '../../base/text.ts';
import type { KeyValueStore } from '../clusters/rememberedNamespaces.ts';
import { notificationText } from '../present/untrusted.ts';
import { openSavedSettings } from './openSavedSettings.ts';
import { planAutoStart, type SavedForward } from './savedForward.ts';
import type { SavedForwards } from './savedForwards.ts';
import { entryTarget } from './savedRows.ts';
import { type SavedStarterServices, startSavedForwards } from './savedStarter.ts';

const APPROVAL = 'approvedAutoStart';
/** The question lists this many forwards and counts the others. */
const MAX_LISTED = 3;

/**
 * Starts forwards automatically when a trusted folder opens: entries of the user at once, entries of the workspace after the user
 * has approved exactly these and their destinations. The approval is stored as a hash that the workspace cannot write.
 */
export class AutoStart implements Disposable {
  readonly #saved: SavedForwards;
  readonly #services: SavedStarterServices;
  readonly #approvals: KeyValueStore;
  readonly #owned = new DisposableStore();
  /** Hashes of the lists that this window has started or asked about. */
  readonly #seen = new Set<string>();

  /** @param approvals a store for this workspace */
  constructor(saved: SavedForwards, services: SavedStarterServices, approvals: KeyValueStore) {
    this.#saved = saved;
    this.#services = services;
    this.#approvals = approvals;
    const begin = (): void => {
      const isShared = ({ place }: SavedForward) => place.type !== 'user';
      this.#owned.add(saved.onDidChange(() => void this.#start(isShared).catch(() => {})));
      this.#start(() => true).catch(() => {});
    };
    if (vscode.workspace.isTrusted) begin();
    else this.#owned.add(vscode.workspace.onDidGrantWorkspaceTrust(begin));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #start(isMeant: (forward: SavedForward) => boolean): Promise<void> {
    const wanted = this.#saved.forwards.filter(({ entry }) => entry.autoStart === true);
    if (!wanted.some(isMeant)) return;
    // This starts the host to get the contexts. The forwards need the host anyway.
    const destinationOf = await this.#services.entries.destinations();
    if (this.#owned.isDisposed) return;
    const approval = this.#approvals.get<string | undefined>(APPROVAL, undefined);
    const { approved, asking, hash } = planAutoStart(wanted, approval, destinationOf);
    const others = this.#seen.has(hash) ? [] : asking;
    const now = approved.filter(
      (forward) => isMeant(forward) && !(forward.place.type !== 'user' && this.#seen.has(hash)),
    );
    this.#seen.add(hash);
    if (now.length > 0) startSavedForwards(this.#services, now, true).catch(() => {});
    if (others.length > 0) this.#ask(others, hash).catch(() => {});
  }

  async #ask(forwards: readonly SavedForward[], hash: string): Promise<void> {
    const { l10n } = vscode;
    const start = l10n.t('Start');
    const show = l10n.t('Show');
    const text = notificationText(questionText(forwards));
    const answer = await vscode.window.showInformationMessage(text, start, l10n.t('Not Now'), show);
    if (answer === show) {
      const [first] = forwards;
      if (first !== undefined) await openSavedSettings(first.place);
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
      ({ entry }) => `${printable(entry.name)} (${entryTarget(entry)}, ${printable(entry.context ?? '')})`,
    );
  const more = forwards.length - MAX_LISTED;
  if (more > 0) listed.push(l10n.t('and {count} more', { count: more }));
  return l10n.t('This workspace wants to start these forwards whenever it opens: {forwards}', {
    forwards: listed.join(', '),
  });
}
