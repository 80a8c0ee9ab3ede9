import { raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** A forward that somebody keeps up. */
export interface HeldForward {
  /** As it is now; undefined where it was stopped, or let go. */
  readonly current: ForwardSnapshot | undefined;
  /** Stops it, unless others hold it, or it was there before anybody did. Twice is the same as once. */
  release(): Promise<void>;
}

interface Hold {
  snapshot: ForwardSnapshot;
  holders: number;
  /** `new`: the host has not told of it yet. `lost`: with its host, which is replaced. `gone`: it was stopped. */
  standing: 'new' | 'listed' | 'lost' | 'gone';
}

/** Forwards of tasks and of other extensions: each is stopped when its last holder lets go. */
export class HeldForwards implements Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();
  readonly #holds = new Set<Hold>();

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.#owned.add(model.onDidChange(() => this.#follow()));
  }

  /**
   * Starts a forward, or joins the same one. Resolves once it is ready or failed: its state tells.
   * When the signal is aborted before, it rejects with the signal's reason, and the forward is let go.
   */
  async hold(specification: ForwardSpecification, signal: AbortSignal): Promise<HeldForward> {
    signal.throwIfAborted();
    const before = new Set(this.#model.forwards.map(({ id }) => id));
    const held = this.#model.start(specification).then((forward) => this.#add(forward, before));
    try {
      return await raceAbort(held, signal);
    } catch (error) {
      if (signal.aborted) this.#letGo(held, specification, before);
      throw error;
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #add(forward: ForwardSnapshot, before: ReadonlySet<string>): HeldForward {
    let hold = [...this.#holds].find(({ snapshot }) => snapshot.id === forward.id);
    const isForeign = hold === undefined && before.has(forward.id);
    // Who holds what was there before counts for nothing: one more than all of them keeps it.
    hold ??= { snapshot: forward, holders: isForeign ? 1 : 0, standing: 'new' };
    hold.snapshot = forward;
    hold.holders += 1;
    this.#holds.add(hold);
    this.#follow();
    return this.#handle(hold);
  }

  #handle(hold: Hold): HeldForward {
    const current = (): ForwardSnapshot | undefined =>
      this.#find(hold) ?? (hold.standing === 'gone' ? undefined : hold.snapshot);
    let isReleased = false;
    return {
      get current() {
        return isReleased ? undefined : current();
      },
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        hold.holders -= 1;
        if (hold.holders > 0) return;
        this.#holds.delete(hold);
        const forward = this.#find(hold) ?? (hold.standing === 'new' ? hold.snapshot : undefined);
        if (forward !== undefined) await this.#model.stop(forward.id);
      },
    };
  }

  /** It is not known which forward it is before it is ready or failed: what began since, and is the same, is it. */
  #letGo(held: Promise<HeldForward>, specification: ForwardSpecification, before: ReadonlySet<string>): void {
    held.then((late) => late.release()).catch(() => {});
    const begun = this.#model.forwards.find(
      (forward) => !before.has(forward.id) && isSame(forward.specification, specification),
    );
    const isHeld = [...this.#holds].some(({ snapshot }) => snapshot.id === begun?.id);
    if (begun !== undefined && !isHeld) this.#model.stop(begun.id).catch(() => {});
  }

  #follow(): void {
    for (const hold of this.#holds) {
      const current = this.#find(hold);
      if (current !== undefined) {
        hold.snapshot = current;
        hold.standing = 'listed';
      } else if (this.#model.hasLost) {
        hold.snapshot = { ...hold.snapshot, state: { type: 'starting' } };
        hold.standing = 'lost';
      } else if (hold.standing === 'listed') {
        hold.standing = 'gone';
        this.#holds.delete(hold);
      }
    }
  }

  /** Another host gives the forward that comes back another id, and its id perhaps to another forward. */
  #find({ snapshot, standing }: Hold): ForwardSnapshot | undefined {
    if (standing === 'gone') return undefined;
    const same = this.#model.forwards.filter(({ specification }) =>
      isSame(specification, snapshot.specification),
    );
    return (
      same.find(({ id }) => id === snapshot.id) ??
      same.find(({ localPort }) => localPort !== undefined && localPort === snapshot.localPort)
    );
  }
}

function isSame(a: ForwardSpecification, b: ForwardSpecification): boolean {
  return JSON.stringify([a.target, a.remotePort]) === JSON.stringify([b.target, b.remotePort]);
}
