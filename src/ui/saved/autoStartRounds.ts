import { planAutoStart, type SavedForward } from './savedForward.ts';

export interface AutoStartRound {
  /** Start now. */
  readonly starting: readonly SavedForward[];
  /** The user is asked about them. */
  readonly asking: readonly SavedForward[];
  /** The form in which an approval is stored. */
  readonly hash: string;
}

/**
 * Decides at each possible change of the settings which forwards to start and to ask about. An unchanged forward causes
 * nothing; one that was removed from the settings and added again counts as new.
 */
export class AutoStartRounds {
  #last: string | undefined;
  #isFirst = true;

  /** @param approval the latest approved hash of this workspace */
  next(
    forwards: readonly SavedForward[],
    approval: string | undefined,
    destinationOf: (forward: SavedForward) => unknown,
  ): AutoStartRound {
    const { approved, asking, hash } = planAutoStart(forwards, approval, destinationOf);
    const isNews = hash !== this.#last;
    const isFirst = this.#isFirst;
    this.#last = hash;
    this.#isFirst = false;
    return {
      // The user's own forwards start with the window, not while the user writes them.
      starting: approved.filter(({ place }) => (place.type === 'user' ? isFirst : isNews)),
      asking: isNews ? asking : [],
      hash,
    };
  }
}
