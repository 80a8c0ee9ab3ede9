import { hashOf } from './forwardEntry.ts';
import type { SavedForward } from './savedForward.ts';

export interface AutoStartRound {
  /** The forwards to start now. */
  readonly starting: readonly SavedForward[];
  /** The forwards from the settings of the workspace. They start only if the user approves them. */
  readonly asking: readonly SavedForward[];
  /** The hash of all forwards from the settings of the workspace. It is stored when the user approves the forwards. */
  readonly hash: string;
}

/**
 * Decides, after each possible change of the settings, which forwards to start and which need the user's approval. If
 * the forwards of the workspace are the same as in the last call of {@link next}, returns none of them, so that the
 * user is not asked again.
 */
export class AutoStartRounds {
  #last: string | undefined;
  #isFirst = true;

  /**
   * @param approval the hash of the forwards that the user last approved in this workspace
   * @param destinationOf returns the kubeconfig and context of a forward. If they change, the user must approve the
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
      // The user's own forwards start only when the window opens, not while the user edits the settings.
      starting: wanted.filter(({ scope }) => (scope.type === 'user' ? isFirst : isNews && isApproved)),
      asking: isNews && !isApproved ? shared : [],
      hash,
    };
  }
}
