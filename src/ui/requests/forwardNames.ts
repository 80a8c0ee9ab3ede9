import type { Disposable } from '../../base/disposable.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import { forwardName } from '../present/forwardText.ts';

/** How many names of stopped forwards are remembered. */
const LIMIT = 1_000;

/** The names of forwards by their ids. Requests stay in the log when their forward has been stopped. */
export class ForwardNames implements Disposable {
  readonly #forwards: ForwardsModel;
  readonly #names = new Map<string, string>();
  readonly #subscription: Disposable;

  constructor(forwards: ForwardsModel) {
    this.#forwards = forwards;
    this.#subscription = forwards.onDidChange(() => this.#update());
    this.#update();
  }

  /** Returns an empty text for a forward that was never seen. */
  nameOf(id: string): string {
    return this.#names.get(id) ?? '';
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #update(): void {
    for (const forward of this.#forwards.all) {
      // Reinserted, the latest is the last one to be dropped.
      this.#names.delete(forward.id);
      this.#names.set(forward.id, forwardName(forward));
    }
    for (const id of this.#names.keys()) {
      if (this.#names.size <= LIMIT) return;
      this.#names.delete(id);
    }
  }
}
