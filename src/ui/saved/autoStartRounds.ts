import { hashOf } from './forwardEntry.ts';
import type { SavedForward } from './savedForward.ts';

export interface AutoStartRound {
  /** Start now. */
  readonly starting: readonly SavedForward[];
  /** Forwards of the workspace, about which the user is asked. */
  readonly asking: readonly SavedForward[];
  /** Hash of the workspace's forwards, stored as the approval. */
  readonly hash: string;
}

/**
 * Decides at each possible change of the settings which forwards to start and to ask about. An unchanged forward causes
 * nothing; one that was removed from the settings and added again counts as new.
 */
export class AutoStartRounds {
  #last: string | undefined;
  #isFirst = true;

  /**
   * @param approval the hash that the user last approved in this workspace
   * @param destinationOf returns the destination of a forward, which the approval also covers
   */
  next(
    forwards: readonly SavedForward[],
    approval: string | undefined,
    destinationOf: (forward: SavedForward) => unknown,
  ): AutoStartRound {
    const wanted = forwards.filter(({ entry }) => entry.autoStart === true);
    const shared = wanted.filter(({ place }) => place.type !== 'user');
    const entries = shared.map(({ entry }) => entry);
    const hash = hashOf(entries, shared.map(destinationOf));
    const isApproved = hash === approval;
    const isNews = hash !== this.#last;
    const isFirst = this.#isFirst;
    this.#last = hash;
    this.#isFirst = false;
    return {
      // The user's own forwards start with the window, not while the user writes them.
      starting: wanted.filter(({ place }) => (place.type === 'user' ? isFirst : isNews && isApproved)),
      asking: isNews && !isApproved ? shared : [],
      hash,
    };
  }
}
