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

/** The fields that the snapshots of forwards and gateways have in common. */
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

/** The requests and notifications of the list: those for forwards, or those for gateways. */
interface HostListTypes<Wanted, Snapshot> {
  readonly list: RequestType0<readonly Snapshot[]>;
  readonly changed: NotificationType<readonly Snapshot[]>;
  readonly release: RequestType<{ readonly holder: string }, void>;
  readonly restore: RequestType<{ readonly id: string; readonly holder: Holder }, Snapshot>;
  /** Returns the forwards or gateways that an older host handed over when a newer host replaced it. */
  readonly moved: (replaced: ReplacedHost) => readonly (Wanted & { readonly holder?: Holder })[];
}

/**
 * The forwards or the gateways of the host, as a list that follows the list in the host. If the host dies, the window
 * starts the forwards or gateways that it holds again in a new host.
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
   * Fires when a forward or gateway needs the user to sign in. Does not fire again while one still needs it, because
   * one sign-in is enough for all forwards of the same user.
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

  /** The forwards or gateways of all windows and terminals. */
  get all(): readonly Snapshot[] {
    return this.#all;
  }

  /**
   * Whether the list is known. False until the window has looked for a host for the first time, and while a new host
   * replaces a lost one.
   */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when the list is known for the first time. */
  get whenLoaded(): Promise<void> {
    return this.#firstLoad.promise;
  }

  /**
   * Must be called if no host runs or responds. The list then counts as known and is empty, so that views do not wait
   * for it any longer.
   */
  setLoaded(): void {
    if (this.#isLoaded) return;
    this.#load();
    this.#changed.fire();
  }

  /** Whether forwards or gateways of a lost host wait for a new host, in which they are started again. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  /**
   * Must be called when the user stops everything. Forwards or gateways of a lost host are then not started again in a
   * new host.
   */
  forgetLost(): void {
    this.#lost = [];
    this.setLoaded();
  }

  find(id: string): Snapshot | undefined {
    return this.#all.find((one) => one.id === id);
  }

  /**
   * Starts a forward or gateway, or adds a holder if an equal one is running. Resolves when it is ready, has failed or
   * tries again.
   * @param holder optional, default the user of this window
   * @throws CodedError if the host cannot be reached
   */
  abstract start(wanted: Wanted, holder?: Holder): Promise<Snapshot>;

  /**
   * Releases a holder. Its forward or gateway ends if it has no other holder. Resolves when the host has released the
   * holder.
   */
  async release({ id }: Holder): Promise<void> {
    this.holders.forget(id);
    if (this.host.isConnected) await this.host.request(this.#types.release, { holder: id });
  }

  /** Starts a stopped forward or gateway again (Undo), on the same local port. */
  async startAgain(stopped: Snapshot): Promise<Snapshot> {
    try {
      return await this.host.request(this.#types.restore, { id: stopped.id, holder: this.holders.person });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // The host no longer knows the stopped forward or gateway, or is a new host. So starts it like a new one.
      return this.start(this.again(stopped));
    }
  }

  dispose(): void {
    this.#firstLoad.resolve();
    this.#owned.dispose();
  }

  /**
   * Returns the specification that starts a forward or gateway again.
   * @param holder the holder for whom it is started again; optional, default all its holders
   */
  protected abstract again(lost: Snapshot, holder?: Snapshot['holders'][number]): Wanted;

  /**
   * Whether this window shows the user a problem of a forward or gateway. By default, true only if this window holds
   * it, so that not every window shows the problem.
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

  /** Remembers the forwards or gateways that were running, so that `#onConnect` starts them in a new host. */
  #onLose(): void {
    const running = this.#all.filter(isUp);
    this.#lost = [...this.#lost, ...running];
    this.#update([]);
    if (running.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /**
   * Starts forwards or gateways again: those that a replaced host handed over, and those that ran in a lost host, if
   * their holder is in this window or outlives its window. If several windows start the same one, the host merges the
   * requests.
   */
  #onConnect(replaced: ReplacedHost | undefined): void {
    const lost = this.#lost.flatMap((one) =>
      one.holders
        .filter((holder) => this.holders.restores(holder))
        .map((holder) => ({ wanted: this.again(one, holder), holder: toHolder(holder) })),
    );
    const moved = replaced === undefined ? [] : this.#types.moved(replaced);
    this.#lost = [];
    // Errors can be ignored, because the state of each forward or gateway shows whether it has started.
    for (const { wanted, holder } of lost) this.start(wanted, holder).catch(() => {});
    for (const { holder, ...wanted } of moved) this.start(wanted as Wanted, holder).catch(() => {});
    const before = this.#updates;
    this.host.request(this.#types.list).then(
      // If a notification arrived after the request was sent, its list is newer than this response, so ignores the
      // response.
      (all) => before === this.#updates && this.#update(all),
      () => this.setLoaded(),
    );
  }
}

function toHolder({ id, kind, name, window }: Holder): Holder {
  return { id, kind, ...defined({ name, window }) };
}

/**
 * Returns the specification that starts a forward or gateway again on the same local port. Recording is off, because
 * the user would not notice that requests are recorded again.
 */
export function restartSpecification<Specification extends Specified>(
  { specification, localPort: port, requestLog }: Listed<Specification>,
  mode: 'exact' | 'preferred',
): Specification {
  return {
    ...specification,
    // The request log mode that the user chose last. `specification` contains only the mode at the start.
    ...(requestLog !== undefined && { requestLog: withoutRecording(requestLog) }),
    ...(port !== undefined && { localPort: { mode, port } }),
  };
}
