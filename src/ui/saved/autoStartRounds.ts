import { planAutoStart, type SavedForward } from './savedForward.ts';

export interface AutoStartRound {
  /** Start now. */
  readonly starting: readonly SavedForward[];
  /** The user is asked about them. */
  readonly asking: readonly SavedForward[];
  /** What an approval is kept as. */
  readonly hash: string;
}

/**
 * What is to be done each time the settings may have changed. The same again is no news; but what was taken out of the settings and
 * is written again is.
 */
export class AutoStartRounds {
  #last: string | undefined;
  #isFirst = true;

  /** @param approval the hash that was approved last in this workspace */
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
      // The user's own start with the window, not while they are written.
      starting: approved.filter(({ place }) => (place.type === 'user' ? isFirst : isNews)),
      asking: isNews ? asking : [],
      hash,
    };
  }
}
