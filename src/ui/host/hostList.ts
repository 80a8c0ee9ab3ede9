import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { type RequestLogMode, withoutRecording } from '../../kinds/exchange.ts';
import type {
  Holder,
  HolderSnapshot,
  NotificationType,
  RequestType,
  RequestType0,
} from '../../rpc/contract.ts';
import type { ReplacedHost } from '../../rpc/hostClient.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import { isUp, needsSignIn, type RunningState } from '../present/forwardText.ts';
import type { HostConnector } from './hostConnector.ts';
import type { WindowHolders } from './windowHolders.ts';

/** The fields of an entry in a list of the host. An entry is a forward or a gateway. */
export interface Listed<Specification> {
  readonly id: string;
  readonly specification: Specification;
  readonly state: RunningState;
  readonly holders: readonly HolderSnapshot[];
  readonly localPort?: number;
  readonly requestLog?: RequestLogMode;
}

/** The optional fields that the specifications of forwards and gateways have in common. */
export interface Specified {
  readonly localPort?: { readonly mode: 'exact' | 'preferred'; readonly port: number };
  readonly requestLog?: RequestLogMode;
}

/** The requests and notifications for one kind of entries: forwards or gateways. */
interface HostListTypes<Wanted, Snapshot> {
  readonly list: RequestType0<readonly Snapshot[]>;
  readonly changed: NotificationType<readonly Snapshot[]>;
  readonly release: RequestType<{ readonly holder: string }, void>;
  readonly restore: RequestType<{ readonly id: string; readonly holder: Holder }, Snapshot>;
  /** Returns the entries that an older host handed over when it was replaced. */
  readonly moved: (replaced: ReplacedHost) => readonly (Wanted & { readonly holder?: Holder })[];
}

/**
 * A list of forwards or gateways, kept equal to the list of the host. If the host dies, the window starts the entries
 * that it holds again in a new host.
 */
export abstract class HostList<Wanted extends Specified, Snapshot extends Listed<Wanted>>
  implements Disposable
{
  protected readonly host: HostConnector;
  /** The holders that this window has created. */
  readonly holders: WindowHolders;
  readonly #types: HostListTypes<Wanted, Snapshot>;
  readonly #owned = new DisposableStore();
  protected readonly own = <T extends Disposable>(part: T): T => this.#owned.add(part);
  readonly #changed = this.own(new Emitter<void>());
  readonly #needSignIn = this.own(new Emitter<Snapshot>());
  readonly #firstLoad = Promise.withResolvers<void>();
  #all: readonly Snapshot[] = [];
  #lost: readonly Snapshot[] = [];
  #updates = 0;
  #isLoaded = false;

  readonly onDidChange = this.#changed.event;
  /**
   * Fires with an entry that needs the user to sign in. Fires for one entry only, because one sign-in is enough for
   * all entries of the same user.
   */
  readonly onDidNeedSignIn = this.#needSignIn.event;

  constructor(host: HostConnector, holders: WindowHolders, types: HostListTypes<Wanted, Snapshot>) {
    this.host = host;
    this.holders = holders;
    this.#types = types;
    this.own(host.onNotification(types.changed, (all) => this.#update(all)));
    this.own(host.onDidConnect((replaced) => this.#onConnect(replaced)));
    this.own(host.onDidLose(() => this.#onLose()));
  }

  /** The entries of all windows and terminals. */
  get all(): readonly Snapshot[] {
    return this.#all;
  }

  /**
   * Whether the list is known. False before the window has first looked for a host, and while a lost host is
   * replaced.
   */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when the list is known for the first time. */
  get whenLoaded(): Promise<void> {
    return this.#firstLoad.promise;
  }

  /** Must be called if no host runs or responds. The list then counts as known and is empty. */
  setLoaded(): void {
    if (this.#isLoaded) return;
    this.#load();
    this.#changed.fire();
  }

  /** Whether entries of a lost host wait for a new host. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  /** Must be called when the user stops everything. Entries of a lost host are then not started again in a new host. */
  forgetLost(): void {
    this.#lost = [];
    this.setLoaded();
  }

  find(id: string): Snapshot | undefined {
    return this.#all.find((one) => one.id === id);
  }

  /**
   * Starts an entry, or adds a holder if an equal entry exists. Resolves when the entry is ready, has failed or tries
   * again.
   * @param holder optional, default the user of this window
   * @throws CodedError if the host cannot be reached
   */
  abstract start(wanted: Wanted, holder?: Holder): Promise<Snapshot>;

  /** Releases a holder. An entry ends if it has no other holder. Resolves when the host has released the holder. */
  async release({ id }: Holder): Promise<void> {
    this.holders.forget(id);
    if (this.host.isConnected) await this.host.request(this.#types.release, { holder: id });
  }

  /** Starts a stopped entry again (Undo), on the same local port. */
  async startAgain(stopped: Snapshot): Promise<Snapshot> {
    try {
      return await this.host.request(this.#types.restore, { id: stopped.id, holder: this.holders.person });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // The host has forgotten the stopped entry, or is a new host. So starts the entry like a new one.
      return this.start(this.again(stopped));
    }
  }

  dispose(): void {
    this.#firstLoad.resolve();
    this.#owned.dispose();
  }

  /**
   * Returns the specification that starts an entry again.
   * @param holder the holder for whom the entry is started again; optional, default all holders of the entry
   */
  protected abstract again(lost: Snapshot, holder?: Snapshot['holders'][number]): Wanted;

  /**
   * Whether this window shows the user a problem of an entry. By default, true only for entries that this window holds,
   * so that not every window shows the problem.
   */
  protected isTold(one: Snapshot): boolean {
    return this.holders.isOwn(one);
  }

  /** Called after each change of the list, with the list before the change. `onDidChange` has already fired. */
  protected onUpdate(_before: readonly Snapshot[]): void {}

  #load(): void {
    this.#isLoaded = true;
    this.#firstLoad.resolve();
  }

  #update(all: readonly Snapshot[]): void {
    const before = this.#all;
    this.#all = all;
    this.#updates += 1;
    this.#load();
    this.#changed.fire();
    this.onUpdate(before);
    const waiting = all.find((one) => needsSignIn(one) && this.isTold(one));
    if (waiting !== undefined && !before.some(needsSignIn)) this.#needSignIn.fire(waiting);
  }

  /** Remembers the entries that were running, so that `#onConnect` starts them in a new host. */
  #onLose(): void {
    const running = this.#all.filter(isUp);
    this.#lost = [...this.#lost, ...running];
    this.#update([]);
    if (running.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /**
   * Starts entries again: the entries that a replaced host handed over, and the entries of a lost host whose holder is
   * in this window or outlives windows. If several windows start the same entry, the host merges the requests.
   */
  #onConnect(replaced: ReplacedHost | undefined): void {
    const lost = this.#lost.flatMap((one) =>
      one.holders
        .filter((holder) => this.holders.restores(holder))
        .map((holder) => ({ wanted: this.again(one, holder), holder: toHolder(holder) })),
    );
    const moved = replaced === undefined ? [] : this.#types.moved(replaced);
    this.#lost = [];
    // Errors can be ignored, because the states of the entries show the result.
    for (const { wanted, holder } of lost) this.start(wanted, holder).catch(() => {});
    for (const { holder, ...wanted } of moved) this.start(wanted as Wanted, holder).catch(() => {});
    const before = this.#updates;
    this.host.request(this.#types.list).then(
      // If a notification arrived meanwhile, its list is newer than this response.
      (all) => before === this.#updates && this.#update(all),
      () => this.setLoaded(),
    );
  }
}

function toHolder({ id, kind, name, window }: Holder): Holder {
  return { id, kind, ...defined({ name, window }) };
}

/**
 * Returns the specification that starts an entry again on the same local port. Recording is off, because the user
 * would not notice that requests are recorded again.
 */
export function restartSpecification<Specification extends Specified>(
  { specification, localPort: port, requestLog }: Listed<Specification>,
  mode: 'exact' | 'preferred',
): Specification {
  return {
    ...specification,
    // The request log mode that the user chose last. `specification` contains the mode at the start of the entry.
    ...(requestLog !== undefined && { requestLog: withoutRecording(requestLog) }),
    ...(port !== undefined && { localPort: { mode, port } }),
  };
}
