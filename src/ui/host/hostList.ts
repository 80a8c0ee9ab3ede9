import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { type RequestLogMode, withoutRecording } from '../../kinds/exchange.ts';
import type { LocalPort } from '../../kinds/ports.ts';
import type { RestoreGateway } from '../../rpc/gatewayContract.ts';
import type { Holder, HolderSnapshot } from '../../rpc/holdersContract.ts';
import type { ReplacedHost } from '../../rpc/hostClient.ts';
import type { ErrorInfo, NotificationType, RequestType, RequestType0 } from '../../rpc/messages.ts';
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
  readonly localPort?: LocalPort;
  readonly requestLog?: RequestLogMode;
}

/**
 * A forward or gateway that the next host must start again for one holder, because its host has ended. A forward or
 * gateway with several holders has one such object for each of them.
 */
interface Lost<Wanted> {
  readonly wanted: Wanted;
  readonly holder: Holder;
  /** True if the next host has started the forward or gateway, but the list of this window does not contain it yet. */
  isStarted?: boolean;
}

/** A forward or gateway whose host has ended, and which the next host refused to start again. */
export interface RefusedRestart<Wanted> extends Pick<Lost<Wanted>, 'wanted' | 'holder'> {
  readonly error: ErrorInfo;
}

/** The messages with which the list of forwards, or the list of gateways, is read and changed. */
interface HostListTypes<Wanted, Snapshot> {
  readonly list: RequestType0<readonly Snapshot[]>;
  readonly changed: NotificationType<readonly Snapshot[]>;
  readonly release: RequestType<{ readonly holder: string }, void>;
  readonly restore: RequestType<RestoreGateway, Snapshot>;
  /**
   * Returns what an older host handed over to its successor: the forwards if this is the list of forwards, otherwise
   * the gateways.
   */
  readonly moved: (replaced: ReplacedHost) => readonly (Wanted & { readonly holder?: Holder })[];
}

/**
 * The forwards or the gateways of the host, as a list that the host keeps up to date. If the host ends unexpectedly,
 * the window starts its own forwards or gateways again in the next host (see {@link WindowHolders.restores}).
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
  readonly #refused = this.own(new Emitter<RefusedRestart<Wanted>>());
  readonly #firstLoad = Promise.withResolvers<void>();
  #all: readonly Snapshot[] = [];
  #lost: readonly Lost<Wanted>[] = [];
  #updates = 0;
  #isLoaded = false;

  readonly onDidChange = this.#changed.event;
  /**
   * Fires with a forward or gateway that needs the user to sign in. Does not fire while another forward or gateway in
   * the list already needs a sign-in, because one sign-in is usually enough for all of them.
   */
  readonly onDidNeedSignIn = this.#needSignIn.event;
  /**
   * Fires when a new host has refused to start a forward or gateway again after the earlier host ended. Fires before
   * `onDidChange`. {@link isLost} already returns false then.
   */
  readonly onDidRefuse = this.#refused.event;

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
   * Whether the list is known. False until the window has looked for a host for the first time. If a host with running
   * forwards or gateways has ended unexpectedly, also false until a new host has sent its list, or until it is clear
   * that no new host starts.
   */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when the list is known for the first time. */
  get whenLoaded(): Promise<void> {
    return this.#firstLoad.promise;
  }

  /**
   * Must be called if no host runs or responds. The list then counts as known, so that the tree views stop showing
   * progress and show that the list is empty.
   */
  setLoaded(): void {
    if (this.#isLoaded) return;
    this.#load();
    this.#changed.fire();
  }

  /**
   * True if the host of the holder's forward or gateway has ended unexpectedly. False again as soon as a new host lists
   * the forward or gateway, or has refused to start it.
   */
  isLost({ id }: Holder): boolean {
    return this.#lost.some(({ holder }) => holder.id === id);
  }

  /**
   * Must be called when the user stops all forwards and gateways. Otherwise, the forwards and gateways of a host that
   * has ended would start again in the next host.
   */
  forgetLost(): void {
    this.#lost = [];
    this.setLoaded();
  }

  find(id: string): Snapshot | undefined {
    return this.#all.find((one) => one.id === id);
  }

  /**
   * Starts a forward or gateway. If the host already runs an equal forward, or a gateway of the same context, adds the
   * holder to it, and opens the wanted namespaces in that gateway. Resolves when the forward or gateway is ready, has
   * failed, or tries again after its first failure.
   * @param holder optional, default the window itself
   * @throws CodedError if the host cannot be reached
   */
  abstract start(wanted: Wanted, holder?: Holder): Promise<Snapshot>;

  /**
   * Releases a holder. The forward or gateway of the holder ends if it has no other holder. Resolves when the host has
   * released the holder. If no host is connected, sends no request.
   */
  async release({ id }: Holder): Promise<void> {
    this.holders.forget(id);
    if (this.host.isConnected) await this.host.request(this.#types.release, { holder: id });
  }

  /**
   * Undo: starts a stopped forward or gateway again, on the same local port and for its earlier holders. If the host
   * has forgotten the forward or gateway, starts a new one with this window as its only holder.
   * @param more used only for a gateway. Must contain `context` if the user may have allowed another plugin since the
   *   stop. Must contain `namespaces` if only these namespaces of the gateway were closed. Optional, default none
   */
  async startAgain(
    stopped: Snapshot,
    more: Pick<RestoreGateway, 'context' | 'namespaces'> = {},
  ): Promise<Snapshot> {
    const holder = this.holders.person;
    try {
      return await this.host.request(this.#types.restore, { id: stopped.id, holder, ...more });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // The host has forgotten the stopped forward or gateway, because it was stopped minutes ago or in an earlier
      // host. So a new one is started.
      return this.start(this.again(stopped));
    }
  }

  dispose(): void {
    this.#firstLoad.resolve();
    this.#owned.dispose();
  }

  /**
   * Returns the specification with which {@link start} starts a forward or gateway again.
   * @param holder the holder for whom the forward or gateway is started: a gateway then opens only the namespaces of
   *   this holder; optional, default: all namespaces
   */
  protected abstract again(lost: Snapshot, holder?: Snapshot['holders'][number]): Wanted;

  /**
   * Whether this window tells the user about a problem of a forward or gateway. By default, true only if the forward or
   * gateway has a holder in this window, so that not every window shows the same message.
   */
  protected shouldNotify(one: Snapshot): boolean {
    return this.holders.isOwn(one);
  }

  /**
   * Subclasses may override this method. It is called after each change of the list, when the subscribers of
   * `onDidChange` have been called. The parameter is the list before the change.
   */
  protected onUpdate(_before: readonly Snapshot[]): void {}

  #load(): void {
    this.#isLoaded = true;
    this.#firstLoad.resolve();
  }

  #update(all: readonly Snapshot[]): void {
    const before = this.#all;
    this.#all = all;
    this.#updates += 1;
    this.#lost = this.#lost.filter(({ isStarted }) => isStarted !== true);
    this.#load();
    this.#changed.fire();
    this.onUpdate(before);
    const waiting = all.find((one) => needsSignIn(one) && this.shouldNotify(one));
    if (waiting !== undefined && !before.some(needsSignIn)) this.#needSignIn.fire(waiting);
  }

  /**
   * Remembers the running forwards or gateways of the host that has ended, so that `#onConnect` starts them again in a
   * new host. Empties the list. If there are forwards or gateways to start again, {@link isLoaded} is false until the
   * new host has sent its list.
   */
  #onLose(): void {
    const running = this.#all
      .filter(isUp)
      .flatMap((one) =>
        one.holders.map((holder) => ({ wanted: this.again(one, holder), holder: toHolder(holder) })),
      );
    // A forward or gateway may be in both `running` and `#lost`, if this host ended before it had answered the request
    // to start the forward or gateway again. The next host then gets two requests, but starts only one forward or
    // gateway, unless the user has changed the local port meanwhile.
    this.#lost = [...running, ...this.#lost.map(({ wanted, holder }) => ({ wanted, holder }))];
    this.#update([]);
    if (this.#lost.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /**
   * Starts forwards or gateways again in a new host, and then requests the list of the host. If the new host has
   * replaced an older host, starts everything that the older host handed over. If a host has ended unexpectedly, starts
   * its forwards or gateways for those holders that {@link WindowHolders.restores} accepts. Several windows may ask the
   * host to start the same forward or gateway: the host then starts only one, with the holders of all requests.
   */
  #onConnect(replaced: ReplacedHost | undefined): void {
    const moved = replaced === undefined ? [] : this.#types.moved(replaced);
    this.#lost = [
      ...this.#lost.filter(({ holder }) => this.holders.restores(holder)),
      ...moved.map(({ holder = this.holders.person, ...wanted }) => ({ wanted: wanted as Wanted, holder })),
    ];
    for (const lost of this.#lost) this.#restart(lost);
    const before = this.#updates;
    this.host.request(this.#types.list).then(
      // Ignores the response if a notification arrived after the request was sent, because the list in the notification
      // is newer.
      (all) => before === this.#updates && this.#update(all),
      () => this.host.isConnected && this.setLoaded(),
    );
  }

  /**
   * Starts a forward or gateway again in a new host. Keeps the forward or gateway in `#lost` until the list of the host
   * contains it, so that the next host starts it if this host ends before that. After the host has answered, the next
   * list removes it from `#lost` in any case: if this list does not contain it, a user has already stopped it.
   */
  #restart(lost: Lost<Wanted>): void {
    const { wanted, holder } = lost;
    const settle = (): void => {
      this.#lost = this.#lost.filter((one) => one !== lost);
    };
    const onStart = ({ id }: Snapshot): void => {
      lost.isStarted = true;
      if (this.find(id)?.holders.some((one) => one.id === holder.id)) settle();
    };
    this.start(wanted, holder).then(onStart, (cause) => {
      const error = toErrorInfo(cause);
      if (!this.host.isConnected || error.code === 'HOST_LOST') return;
      settle();
      // The list of the host does not contain the refusal, so the holders learn of the refusal by this event.
      this.#refused.fire({ wanted, holder, error });
      this.#changed.fire();
    });
  }
}

/**
 * Handles an error of a request to stop a forward or gateway. Ignores the error if the forward or gateway has already
 * ended, because the user wanted it to end. Throws every other error.
 */
export function unlessEnded(error: unknown): void {
  if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
}

function toHolder({ id, kind, name, window }: Holder): Holder {
  return { id, kind, ...defined({ name, window }) };
}

/**
 * Returns the specification that starts a forward or gateway again on the same local port. If the request log recorded
 * headers and bodies (mode `record`), the log omits them after the restart (mode `metadata`). Otherwise, the recording
 * could continue without the user noticing it.
 * @param mode what happens if the local port is in use: the forward or gateway fails (`exact`) or uses another port
 *   (`preferred`)
 */
export function restartSpecification<Specification extends Specified>(
  { specification, localPort: port, requestLog }: Listed<Specification>,
  mode: LocalPort['mode'],
): Specification {
  return {
    ...specification,
    // Uses the request log mode that the user chose last, because `specification` contains only the mode at the start.
    ...(requestLog !== undefined && { requestLog: withoutRecording(requestLog) }),
    ...(port !== undefined && { localPort: { mode, port } }),
  };
}
