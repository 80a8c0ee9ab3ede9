import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  changeLocalPort,
  type ForwardSnapshot,
  type ForwardSpecification,
  type ForwardState,
  forwardsChanged,
  type Holder,
  listForwards,
  listPorts,
  releaseForward,
  restartForward,
  restoreForward,
  type StartForward,
  setLabel,
  startForward,
  stopAllForwards,
  stopForward,
} from '../../rpc/contract.ts';
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import { WindowHolders } from '../host/windowHolders.ts';
import { needsSignIn } from '../present/forwardText.ts';
import { dependsOnName, localPortByName } from './preferredLocalPort.ts';

const RUNNING: ReadonlySet<string> = new Set([
  'starting',
  'ready',
  'reconnecting',
] satisfies readonly ForwardState['type'][]);

/** The forwards of all windows, and which of them are this window's own. */
export class ForwardsModel implements Disposable {
  readonly #host: HostConnector;
  readonly #isFocused: () => boolean;
  readonly #readDefaults: () => Partial<ForwardSpecification>;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  readonly #failed = this.#owned.add(new Emitter<readonly ForwardSnapshot[]>());
  readonly #needSignIn = this.#owned.add(new Emitter<ForwardSnapshot>());
  #forwards: readonly ForwardSnapshot[] = [];
  #lost: readonly ForwardSnapshot[] = [];
  #updates = 0;
  #isLoaded = false;
  readonly #firstLoad = Promise.withResolvers<void>();

  /** The holders that this window has created. */
  readonly holders: WindowHolders;
  readonly onDidChange = this.#changed.event;
  /** Fires with forwards that failed after they were ready: those of this window, or of all windows while this one has the focus. */
  readonly onDidFail = this.#failed.event;
  /** Fires when a forward needs the user to sign in. Fires for one forward only: one sign-in helps all forwards of the same user. */
  readonly onDidNeedSignIn = this.#needSignIn.event;

  /**
   * @param isFocused whether the window has the focus
   * @param windowName the window name that other users of its forwards see
   * @param readDefaults reads the settings that apply to every new forward
   */
  constructor(
    host: HostConnector,
    isFocused: () => boolean,
    windowName: () => string | undefined = () => undefined,
    readDefaults: () => Partial<ForwardSpecification> = () => ({}),
  ) {
    this.#host = host;
    this.#isFocused = isFocused;
    this.holders = new WindowHolders(windowName);
    this.#readDefaults = readDefaults;
    this.#owned.add(host.onNotification(forwardsChanged, (forwards) => this.#update(forwards)));
    this.#owned.add(host.onDidConnect((replaced) => this.#onConnect(replaced?.forwards ?? [])));
    this.#owned.add(host.onDidLose(() => this.#onLose()));
  }

  /** Whether the forwards are known: not before the first look for a host, nor while a lost host is replaced. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves when the forwards are known for the first time. */
  get whenLoaded(): Promise<void> {
    return this.#firstLoad.promise;
  }

  /** No host runs or responds: there are no forwards. */
  setLoaded(): void {
    if (this.#isLoaded) return;
    this.#setLoaded();
    this.#changed.fire();
  }

  get forwards(): readonly ForwardSnapshot[] {
    return this.#forwards;
  }

  /** Whether the forwards of this window wait for a new host. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  find(id: string): ForwardSnapshot | undefined {
    return this.#forwards.find((forward) => forward.id === id);
  }

  /** Starts a forward. Resolves with its first state. Rejects if the host cannot be reached. */
  start(specification: ForwardSpecification, holder: Holder = this.holders.person): Promise<ForwardSnapshot> {
    const defaults = this.#readDefaults();
    const { target, remotePort, localPort: wanted } = specification;
    const send = (localPort: ForwardSpecification['localPort']) =>
      this.#host.request(startForward, { ...defaults, ...specification, localPort, holder });
    if (!dependsOnName(specification)) return send(wanted);
    return this.#host.request(listPorts, target).then(
      (ports) => send(localPortByName(remotePort, ports)),
      // The following request then reports the error.
      () => send(wanted),
    );
  }

  /** Releases a forward, which ends if nobody else holds it. Resolves when done. */
  async release({ id }: Holder): Promise<void> {
    this.holders.forget(id);
    if (this.#host.isConnected) await this.#host.request(releaseForward, { holder: id });
  }

  /** Stops a forward for all its users. */
  async stop(id: string): Promise<void> {
    await this.#host.request(stopForward, { id });
  }

  /** The forward that uses the local port that `forward` needs. */
  inTheWayOf({ id, state }: ForwardSnapshot): ForwardSnapshot | undefined {
    if (state.type !== 'failed' || state.error.code !== 'PORT_IN_USE') return undefined;
    const port = state.error.arguments['port'];
    return this.#forwards.find((other) => other.id !== id && other.localPort === port);
  }

  /** Stops one forward and restarts another, which then gets the port. */
  async replace(stopped: string, id: string): Promise<ForwardSnapshot> {
    await this.stop(stopped);
    return this.restart(id);
  }

  /** Restarts a stopped forward (Undo). */
  async startAgain(stopped: ForwardSnapshot): Promise<ForwardSnapshot> {
    try {
      return await this.#host.request(restoreForward, { id: stopped.id, holder: this.holders.person });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // The host no longer knows the forward, or is a new host.
      return this.start(restored(stopped));
    }
  }

  /** Stops every forward. Resolves with their number. */
  async stopAll(): Promise<number> {
    this.#lost = [];
    this.setLoaded();
    return this.#host.isConnected ? this.#host.request(stopAllForwards) : 0;
  }

  restart(id: string): Promise<ForwardSnapshot> {
    return this.#host.request(restartForward, { id });
  }

  changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    return this.#host.request(changeLocalPort, { id, port });
  }

  setLabel(id: string, label: string): Promise<void> {
    return this.#host.request(setLabel, { id, label });
  }

  dispose(): void {
    this.#firstLoad.resolve();
    this.#owned.dispose();
  }

  #setLoaded(): void {
    this.#isLoaded = true;
    this.#firstLoad.resolve();
  }

  #update(forwards: readonly ForwardSnapshot[]): void {
    const waited = this.#forwards.some(needsSignIn);
    const before = new Map(this.#forwards.map((forward) => [forward.id, forward.state.type]));
    this.#forwards = forwards;
    this.#updates += 1;
    this.#setLoaded();
    this.#changed.fire();
    const failed = forwards.filter((forward) => {
      const last = before.get(forward.id);
      // Callers of start and restart report failures themselves.
      const isNews = last === 'ready' || last === 'reconnecting';
      return isNews && forward.state.type === 'failed' && this.#isTold(forward);
    });
    if (failed.length > 0) this.#failed.fire(failed);
    const waiting = forwards.find((forward) => needsSignIn(forward) && this.#isTold(forward));
    if (waiting !== undefined && !waited) this.#needSignIn.fire(waiting);
  }

  /** Whether this window reports the forward. */
  #isTold(forward: ForwardSnapshot): boolean {
    return this.holders.isOwn(forward) || this.#isFocused();
  }

  /** Every window restores its own forwards and those that outlive windows. The host merges duplicates. */
  #onLose(): void {
    const running = this.#forwards.filter((forward) => RUNNING.has(forward.state.type));
    this.#lost = [...this.#lost, ...running];
    this.#update([]);
    if (running.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /** `replaced`: the forwards of an older host that was replaced. */
  #onConnect(replaced: readonly StartForward[]): void {
    const lost = this.#lost.flatMap((forward) =>
      forward.holders
        .filter((holder) => this.holders.restores(holder))
        .map(({ hasLeft: _, ...holder }): StartForward => ({ ...restored(forward), holder })),
    );
    this.#lost = [];
    for (const { holder, ...specification } of [...lost, ...replaced]) {
      // The state of the forward shows the result.
      this.start(specification, holder).catch(() => {});
    }
    const before = this.#updates;
    this.#host.request(listForwards).then(
      // Notifications that arrived meanwhile are newer than this response.
      (forwards) => before === this.#updates && this.#update(forwards),
      () => this.setLoaded(),
    );
  }
}

/** The same forward on the same local port: clients that know the port must not reach another target. */
function restored({ specification, localPort, requestLog }: ForwardSnapshot): ForwardSpecification {
  return {
    ...specification,
    // Keeps the mode that the user chose last.
    ...(requestLog === undefined ? {} : { requestLog }),
    ...(localPort === undefined ? {} : { localPort: { mode: 'exact', port: localPort } }),
  };
}
