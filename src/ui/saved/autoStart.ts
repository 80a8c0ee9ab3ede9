import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { printable } from '../../base/text.ts';
import type { KeyValueStore } from '../clusters/rememberedNamespaces.ts';
import { notificationText } from '../present/untrusted.ts';
import { type AutoStartRound, AutoStartRounds } from './autoStartRounds.ts';
import { openSavedSettings } from './openSavedSettings.ts';
import type { SavedForward } from './savedForward.ts';
import type { SavedForwards } from './savedForwards.ts';
import { entryTarget } from './savedRows.ts';
import { type SavedStarterServices, startSavedForwards } from './savedStarter.ts';

const APPROVALS = 'approvedAutoStarts';
/** The maximum number of approvals to remember. If there are more, the oldest are forgotten. */
const MAX_APPROVALS = 200;
/**
 * The question whether to start forwards automatically names at most this many forwards. If there are more, the
 * question says how many.
 */
const MAX_LISTED = 3;

/**
 * Starts saved forwards with `autoStart` when a trusted folder opens. Entries of the user settings start at once. An
 * entry of the workspace starts only after the user has approved exactly this entry and its destination (kubeconfig and
 * context). If the context does not exist yet, the entry waits for the context. An approval is a hash of the entry and
 * the destination. VS Code stores it outside the workspace, so that no file of the workspace can forge it.
 */
export class AutoStart implements Disposable {
  readonly #saved: SavedForwards;
  readonly #services: SavedStarterServices;
  readonly #approvals: KeyValueStore;
  readonly #owned = new DisposableStore();
  readonly #rounds = new AutoStartRounds();
  #isWaiting = false;
  #isLoading = false;

  /** @param approvals stores the hashes of the entries that the user has approved in this workspace */
  constructor(saved: SavedForwards, services: SavedStarterServices, approvals: KeyValueStore) {
    this.#saved = saved;
    this.#services = services;
    this.#approvals = approvals;
    const begin = (): void => {
      this.#owned.add(saved.onDidChange(() => void this.#start().catch(() => {})));
      this.#owned.add(
        services.entries.onDidChangeContexts(() => {
          if (this.#isWaiting) this.#start().catch(() => {});
        }),
      );
      this.#start().catch(() => {});
    };
    if (vscode.workspace.isTrusted) begin();
    else this.#owned.add(vscode.workspace.onDidGrantWorkspaceTrust(begin));
  }

  dispose(): void {
    this.#owned.dispose();
  }

  async #start(): Promise<void> {
    // If an earlier call is still loading the contexts, this call has nothing to do: the earlier call reads the
    // settings after the contexts are loaded. Loading the contexts may itself be the change that caused this call.
    if (this.#isLoading) return;
    this.#isLoading = true;
    const destinationOf = await this.#destinations().finally(() => {
      this.#isLoading = false;
    });
    if (this.#owned.isDisposed) return;
    // Reads `#wanted` again instead of using the value from before, because the settings may have changed while the
    // host answered.
    const round = this.#rounds.next(this.#wanted, this.#approved, destinationOf);
    this.#isWaiting = round.isWaiting;
    if (round.starting.length > 0) startSavedForwards(this.#services, round.starting, true).catch(() => {});
    if (round.asking.length > 0) this.#ask(round).catch(() => {});
  }

  /** Starts a forward host to list the contexts, but only if there is a forward to start. */
  async #destinations(): Promise<(forward: SavedForward) => unknown> {
    return this.#wanted.length === 0 ? () => null : await this.#services.entries.destinations();
  }

  get #approved(): readonly string[] {
    const stored = this.#approvals.get<unknown>(APPROVALS, undefined);
    return Array.isArray(stored) ? stored : [];
  }

  get #wanted(): readonly SavedForward[] {
    return this.#saved.forwards.filter(({ entry }) => entry.autoStart === true);
  }

  async #ask(round: AutoStartRound): Promise<void> {
    const { l10n } = vscode;
    const { asking, hashes } = round;
    const start = l10n.t('Start');
    const show = l10n.t('Show');
    const text = notificationText(questionText(asking));
    const answer = await vscode.window.showInformationMessage(text, start, l10n.t('Not Now'), show);
    if (answer === show) {
      const [first] = asking;
      if (first !== undefined) await openSavedSettings(first.scope, first.entry.name);
      return this.#ask(round);
    }
    if (answer !== start) return;
    await this.#approvals.update(APPROVALS, [...this.#approved, ...hashes].slice(-MAX_APPROVALS));
    await startSavedForwards(this.#services, asking);
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
