import { raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ForwardSnapshot, ForwardSpecification, Holder } from '../../rpc/contract.ts';
import type { ForwardsModel } from './forwardsModel.ts';

/** A holder in this window other than the user. */
export type UserKind = Exclude<Holder['kind'], 'window' | 'terminal'>;

/** A forward that a task, an extension or a tool of this window holds. */
export interface HeldForward {
  /** The current state; undefined after it was stopped or released. */
  readonly current: ForwardSnapshot | undefined;
  /** Releases the forward, which ends with its last holder in any window. Idempotent. */
  release(): Promise<void>;
}

interface Hold {
  readonly holder: Holder;
  snapshot: ForwardSnapshot;
  /** `new`: the host has not reported it yet. `lost`: its host ended and is being replaced. `gone`: the user stopped it. */
  standing: 'new' | 'listed' | 'lost' | 'gone';
  readonly handle: HeldForward;
}

/** Forwards of tasks, extensions and tools. The host counts their holders. */
export class HeldForwards implements Disposable {
  readonly #model: ForwardsModel;
  readonly #owned = new DisposableStore();
  readonly #holds = new Map<string, Hold>();

  constructor(model: ForwardsModel) {
    this.#model = model;
    this.#owned.add(model.onDidChange(() => this.#follow()));
  }

  /**
   * Starts a forward, or joins an equal one. Resolves with a hold when the first state of the forward is known.
   * If the signal is aborted first, rejects with its reason and releases the forward.
   * @param onChange called with the forward until then
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
      // Once before the response, which may take a while, and once after it if no host ran before.
      const release = () => this.#model.release(holder).catch(() => {});
      void release().then(() => started.then(release, () => {}));
      throw error;
    } finally {
      following.dispose();
    }
  }

  /** The holds of this kind on a forward in this window. */
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
        // The user may undo this.
        hold.standing = 'gone';
      }
    }
  }
  #find(holder: Holder): ForwardSnapshot | undefined {
    return this.#model.forwards.find(({ holders }) => holders.some(({ id }) => id === holder.id));
  }
}
