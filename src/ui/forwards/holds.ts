import { raceAbort } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import type { ForwardSnapshot, ForwardSpecification } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import type { NamespacesToOpen } from '../gateways/gatewaysModel.ts';
import type { HostList, Listed, RefusedRestart, Specified } from '../host/hostList.ts';

/** The kinds of holders in this window, except the window itself: tasks, extensions and tools of chat agents. */
export type UserKind = Exclude<Holder['kind'], 'window' | 'terminal'>;

/**
 * A forward or gateway that runs for a task, an extension or a tool of this window, at least until {@link release} is
 * called or a user stops it.
 */
export interface Held<Snapshot> {
  /**
   * The current snapshot. If the host has ended unexpectedly, the state in the snapshot is `starting` until the next
   * host lists the forward or gateway, or `failed` if the next host refuses to start it. Undefined in three cases:
   * after {@link release}; after a user stopped the forward or gateway, until the user undoes the stop; if the forward
   * or gateway had failed before its host ended.
   */
  readonly current: Snapshot | undefined;
  /** Releases the holder. The forward or gateway ends if it has no other holder. Further calls do nothing. */
  release(): Promise<void>;
}

/** A forward that runs for a task, an extension or a tool of this window. */
export type HeldForward = Held<ForwardSnapshot>;
/** All forwards that run for tasks, extensions and tools of this window. */
export type HeldForwards = Holds<ForwardSpecification, ForwardSnapshot>;
/** All gateways that run for tasks and tools of this window. */
export type HeldGateways = Holds<NamespacesToOpen, GatewaySnapshot>;

interface Hold<Snapshot> {
  readonly holder: Holder;
  snapshot: Snapshot;
  /**
   * Whether the host's list contains the forward or gateway with this holder. `new`: not yet. `listed`: yes. `lost`:
   * no, because the host has ended; the window starts the forward or gateway again in the next host. `refused`: no,
   * because the next host refused to start the forward or gateway. `gone`: no, because a user stopped the forward or
   * gateway, or it had failed when the host ended.
   */
  status: 'new' | 'listed' | 'lost' | 'refused' | 'gone';
  readonly handle: Held<Snapshot>;
}

/**
 * The forwards or the gateways that run for tasks, extensions and tools of this window. Each call of {@link hold}
 * creates a holder. A forward or gateway runs until its last holder is released. Other windows and terminals may also
 * have holders of it.
 */
export class Holds<Wanted extends Specified, Snapshot extends Listed<Wanted>> implements Disposable {
  readonly #model: HostList<Wanted, Snapshot>;
  readonly #owned = new DisposableStore();
  readonly #holds = new Map<string, Hold<Snapshot>>();

  constructor(model: HostList<Wanted, Snapshot>) {
    this.#model = model;
    this.#owned.add(model.onDidChange(() => this.#follow()));
    this.#owned.add(model.onDidRefuse((refusal) => this.#onRefuse(refusal)));
  }

  /**
   * Starts a forward or gateway with a new holder, as {@link HostList.start} does. Resolves when the forward or gateway
   * is ready or has failed, or after a first error, even if the host then tries again. The caller must release the
   * result. If the signal is aborted before the promise resolves, releases the holder and rejects with the signal's
   * reason.
   * @param onChange called with each new snapshot until the promise settles, to show progress; optional
   */
  async hold(
    wanted: Wanted,
    { kind, name }: { readonly kind: UserKind; readonly name?: string },
    signal: AbortSignal,
    onChange: (snapshot: Snapshot) => void = () => {},
  ): Promise<Held<Snapshot>> {
    signal.throwIfAborted();
    const holder = this.#model.holders.create(kind, name);
    const started = this.#model.start(wanted, holder);
    const following = this.#model.onDidChange(() => {
      const snapshot = this.#find(holder);
      if (snapshot !== undefined) onChange(snapshot);
    });
    try {
      return this.#add(holder, await raceAbort(started, signal));
    } catch (error) {
      // Releases the holder at once, because the start may take long. If no host is connected yet, this release is not
      // sent. Therefore the holder is released again when the start has succeeded.
      const release = () => this.#model.release(holder).catch(() => {});
      void release().then(() => started.then(release, () => {}));
      throw error;
    } finally {
      following.dispose();
    }
  }

  /** Returns one element for each holder of this kind in this window that holds the forward or gateway with this id. */
  of(kind: UserKind, id: string): readonly Held<Snapshot>[] {
    return [...this.#holds.values()]
      .filter(({ holder, handle }) => holder.kind === kind && handle.current?.id === id)
      .map(({ handle }) => handle);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #add(holder: Holder, snapshot: Snapshot): Held<Snapshot> {
    const find = () => this.#holds.get(holder.id);
    const handle: Held<Snapshot> = {
      get current() {
        const hold = find();
        return hold === undefined || hold.status === 'gone' ? undefined : hold.snapshot;
      },
      release: async () => {
        if (this.#holds.delete(holder.id)) await this.#model.release(holder);
      },
    };
    this.#holds.set(holder.id, { holder, snapshot, status: 'new', handle });
    this.#follow();
    return handle;
  }

  #onRefuse({ holder, error }: RefusedRestart<Wanted>): void {
    const hold = this.#holds.get(holder.id);
    if (hold === undefined) return;
    // Removes the id, because no forward or gateway of the next host has this id.
    hold.snapshot = { ...hold.snapshot, id: '', state: { type: 'failed', error } };
    hold.status = 'refused';
  }

  #follow(): void {
    for (const hold of this.#holds.values()) {
      const current = this.#find(hold.holder);
      if (current !== undefined) {
        hold.snapshot = current;
        hold.status = 'listed';
      } else if (this.#model.isLost(hold.holder)) {
        hold.snapshot = { ...hold.snapshot, state: { type: 'starting' } };
        hold.status = 'lost';
      } else if (hold.status !== 'new' && hold.status !== 'refused') {
        // A user stopped the forward or gateway, or it had failed when the host ended. This `Hold` object stays in the
        // map, because the button Undo may start the forward or gateway again with its earlier holders. `current` then
        // returns the snapshot again.
        hold.status = 'gone';
      }
    }
  }

  #find(holder: Holder): Snapshot | undefined {
    return this.#model.all.find(({ holders }) => holders.some(({ id }) => id === holder.id));
  }
}
