import { raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ForwardSnapshot, ForwardSpecification, Holder } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** Who in this window holds a forward, besides the person before it. */
export type UserKind = Exclude<Holder['kind'], 'window' | 'terminal'>;

/** A forward that a task, an extension or a tool of this window keeps up. */
export interface HeldForward {
  /** As it is now; undefined once it was stopped, or let go. */
  readonly current: ForwardSnapshot | undefined;
  /** Lets go of it: it ends with its last holder, of whichever window. Twice is the same as once. */
  release(): Promise<void>;
}

interface Hold {
  readonly holder: Holder;
  snapshot: ForwardSnapshot;
  /** `new`: the host has not told of it yet. `lost`: with its host, which is replaced. `gone`: a person stopped it. */
  standing: 'new' | 'listed' | 'lost' | 'gone';
  readonly handle: HeldForward;
}

/** Forwards of tasks, other extensions and tools. The host counts who holds them. */
export class HeldForwards implements Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();
  readonly #holds = new Map<string, Hold>();

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.#owned.add(model.onDidChange(() => this.#follow()));
  }

  /**
   * Starts a forward, or joins the same one. Resolves once it is known how it starts: its state tells.
   * When the signal is aborted before, it rejects with the signal's reason, and the forward is let go.
   * @param onChange told of the forward until then
   */
  async hold(
    specification: ForwardSpecification,
    { kind, name }: { readonly kind: UserKind; readonly name?: string },
    signal: AbortSignal,
    onChange: (forward: ForwardSnapshot) => void = () => {},
  ): Promise<HeldForward> {
    signal.throwIfAborted();
    const holder = this.#model.createHolder(kind, name);
    const started = this.#model.start(specification, holder);
    const following = this.#model.onDidChange(() => {
      const forward = this.#find(holder);
      if (forward !== undefined) onChange(forward);
    });
    try {
      return this.#add(holder, await raceAbort(started, signal));
    } catch (error) {
      // Both before the answer, which may take a while, and after it, where the host was not there yet.
      const release = () => this.#model.release(holder).catch(() => {});
      void release().then(() => started.then(release, () => {}));
      throw error;
    } finally {
      following.dispose();
    }
  }

  /** What users of that kind hold of a forward in this window. */
  of(kind: UserKind, forwardId: string): readonly HeldForward[] {
    return [...this.#holds.values()]
      .filter(({ holder, handle }) => holder.kind === kind && handle.current?.id === forwardId)
      .map(({ handle }) => handle);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #add(holder: Holder, snapshot: ForwardSnapshot): HeldForward {
    const find = () => this.#holds.get(holder.id);
    const handle: HeldForward = {
      get current() {
        const hold = find();
        return hold === undefined || hold.standing === 'gone' ? undefined : hold.snapshot;
      },
      release: async () => {
        if (this.#holds.delete(holder.id)) await this.#model.release(holder);
      },
    };
    this.#holds.set(holder.id, { holder, snapshot, standing: 'new', handle });
    this.#follow();
    return handle;
  }

  #follow(): void {
    for (const hold of this.#holds.values()) {
      const current = this.#find(hold.holder);
      if (current !== undefined) {
        hold.snapshot = current;
        hold.standing = 'listed';
      } else if (this.#model.hasLost) {
        hold.snapshot = { ...hold.snapshot, state: { type: 'starting' } };
        hold.standing = 'lost';
      } else if (hold.standing === 'listed') {
        // A person may take that back.
        hold.standing = 'gone';
      }
    }
  }
  #find(holder: Holder): ForwardSnapshot | undefined {
    return this.#model.forwards.find(({ holders }) => holders.some(({ id }) => id === holder.id));
  }
}
