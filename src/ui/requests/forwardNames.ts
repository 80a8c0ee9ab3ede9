import type { Disposable } from '../../base/disposable.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import { forwardName } from '../present/forwardText.ts';

/** The maximum number of remembered names. If there are more, names of stopped forwards are removed first. */
const LIMIT = 1_000;

/** The names of forwards by id. Includes stopped forwards, because their requests stay in the log. */
export class ForwardNames implements Disposable {
  readonly #forwards: ForwardsModel;
  readonly #names = new Map<string, string>();
  readonly #subscription: Disposable;

  constructor(forwards: ForwardsModel) {
    this.#forwards = forwards;
    this.#subscription = forwards.onDidChange(() => this.#update());
    this.#update();
  }

  /** Returns the name of a forward, or an empty string if the forward was never seen. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? '';
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #update(): void {
    for (const forward of this.#forwards.all) {
      // Moves the names of running forwards to the end of the map. The loop below removes names from the beginning, so
      // it removes names of stopped forwards first.
      this.#names.delete(forward.id);
      this.#names.set(forward.id, forwardName(forward));
    }
    for (const id of this.#names.keys()) {
      if (this.#names.size <= LIMIT) return;
      this.#names.delete(id);
    }
  }
}
