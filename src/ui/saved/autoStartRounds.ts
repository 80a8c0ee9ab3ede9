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
  /**
   * The hash of all forwards with `autoStart` from the settings of the workspace. If the user approves `asking`, the
   * caller stores the hash as the approval.
   */
  readonly hash: string;
}

/**
 * Decides, after each possible change of the settings, which forwards to start, and for which the user must first
 * approve the automatic start. If the forwards of the workspace are the same as in the last call of {@link next}, the
 * result contains none of them, so that the user is not asked again.
 */
export class AutoStartRounds {
  #last: string | undefined;
  #isFirst = true;

  /**
   * @param approval the hash of the forwards that the user last approved in this workspace; undefined if there is none
   * @param destinationOf returns the kubeconfig and context of a forward. If either changes, the user must approve the
   *   forward again
   */
  next(
    forwards: readonly SavedForward[],
    approval: string | undefined,
    destinationOf: (forward: SavedForward) => unknown,
  ): AutoStartRound {
    const wanted = forwards.filter(({ entry }) => entry.autoStart === true);
    const shared = wanted.filter(({ scope }) => scope.type !== 'user');
    const entries = shared.map(({ entry }) => entry);
    const hash = hashOf(entries, shared.map(destinationOf));
    const isApproved = hash === approval;
    const isNews = hash !== this.#last;
    const isFirst = this.#isFirst;
    this.#last = hash;
    this.#isFirst = false;
    return {
      // Starts the forwards of the user settings only when the window opens, so that editing the settings starts none.
      starting: wanted.filter(({ scope }) => (scope.type === 'user' ? isFirst : isNews && isApproved)),
      asking: isNews && !isApproved ? shared : [],
      hash,
    };
  }
}
