import { hashOf } from './forwardEntry.ts';
import type { SavedForward } from './savedForward.ts';

export interface AutoStartRound {
  /** The forwards to start now. */
  readonly starting: readonly SavedForward[];
  /**
   * Forwards from the settings of the workspace whose automatic start the user has not approved. The caller asks the
   * user before it starts them.
   */
  readonly asking: readonly SavedForward[];
  /** The hashes of `asking`. If the user approves them, the caller stores the hashes as approvals. */
  readonly hashes: readonly string[];
  /**
   * Whether the context of a forward from the settings of the workspace does not exist. The caller calls
   * {@link AutoStartRounds.next} again after the contexts have changed.
   */
  readonly isWaiting: boolean;
}

/**
 * Decides which saved forwards to start automatically, and which of them the user must approve first. The caller calls
 * {@link next} after each possible change of the settings or contexts. The result contains a saved forward of the
 * workspace settings only if the forward is new or has changed since the last call, so that the user is not asked twice
 * about the same forward.
 */
export class AutoStartRounds {
  /** The hash of each saved forward of the workspace settings at the last call, by its settings scope and its entry. */
  #last = new Map<string, string>();
  #isFirst = true;

  /**
   * @param approvals the hashes of the forwards that the user has approved in this workspace
   * @param destinationOf returns the kubeconfig and context of a forward, or null if the context does not exist. If
   *   either changes, the user must approve the forward again. A forward without a destination is neither started nor
   *   asked about: its kubeconfig may be unreadable for a moment, and an approval must name a destination
   */
  next(
    forwards: readonly SavedForward[],
    approvals: readonly string[],
    destinationOf: (forward: SavedForward) => unknown,
  ): AutoStartRound {
    const wanted = forwards.filter(({ entry }) => entry.autoStart === true);
    const isOfUser = ({ scope }: SavedForward) => scope.type === 'user';
    // Starts the forwards of the user settings only when the window opens, so that editing the settings starts none.
    const starting = this.#isFirst ? wanted.filter(isOfUser) : [];
    this.#isFirst = false;
    const last = this.#last;
    this.#last = new Map();
    const asking: SavedForward[] = [];
    const hashes: string[] = [];
    let isWaiting = false;
    for (const forward of wanted.filter((one) => !isOfUser(one))) {
      const key = JSON.stringify([forward.scope, forward.entry]);
      const destination = destinationOf(forward);
      // If the context does not exist now, keeps the earlier hash. So if the context was missing only for a moment, the
      // forward does not start again when the context is back: the user may have stopped the forward.
      const hash = destination === null ? last.get(key) : hashOf(forward.entry, destination);
      isWaiting ||= destination === null;
      if (hash === undefined) continue;
      this.#last.set(key, hash);
      if (hash === last.get(key)) continue;
      if (approvals.includes(hash)) starting.push(forward);
      else {
        asking.push(forward);
        hashes.push(hash);
      }
    }
    return { starting, asking, hashes, isWaiting };
  }
}
