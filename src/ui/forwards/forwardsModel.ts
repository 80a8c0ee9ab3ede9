import { randomUUID } from 'node:crypto';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  changeLocalPort,
  type ForwardSnapshot,
  type ForwardSpecification,
  type ForwardState,
  forwardsChanged,
  HOLDER_LIFETIMES,
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
  type TargetReference,
} from '../../rpc/contract.ts';
import { toErrorInfo } from '../host/hostError.ts';
import type { HostSession } from '../host/hostSession.ts';
import { needsSignIn } from '../present/forwardText.ts';

const RUNNING: ReadonlySet<string> = new Set([
  'starting',
  'ready',
  'reconnecting',
] satisfies readonly ForwardState['type'][]);

/** The forwards of all windows, and which of them are this window's own. */
export class ForwardsModel implements Disposable {
  readonly #session: HostSession;
  readonly #isFocused: () => boolean;
  readonly #windowName: () => string | undefined;
  readonly #readDefaults: () => Partial<ForwardSpecification>;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  readonly #failed = this.#owned.add(new Emitter<readonly ForwardSnapshot[]>());
  readonly #needSignIn = this.#owned.add(new Emitter<ForwardSnapshot>());
  #forwards: readonly ForwardSnapshot[] = [];
  /** Who holds what a person starts here. */
  readonly #person = randomUUID();
  /** Ids of the holders of this window, since it was loaded. */
  readonly #holders = new Set<string>([this.#person]);
  #lost: readonly ForwardSnapshot[] = [];
  #updates = 0;
  #isLoaded = false;
  readonly #firstLoad = Promise.withResolvers<void>();

  readonly onDidChange = this.#changed.event;
  /** Forwards that were ready before have failed, together; of this window, or of any while the user looks at it. */
  readonly onDidFail = this.#failed.event;
  /** A forward waits for somebody to sign in. One of several is told: signing in for it helps those of the same user, too. */
  readonly onDidNeedSignIn = this.#needSignIn.event;

  /**
   * @param isFocused whether the user looks at this window
   * @param windowName what people call it, for those who share its forwards
   * @param readDefaults what the settings say of every forward that starts
   */
  constructor(
    session: HostSession,
    isFocused: () => boolean,
    windowName: () => string | undefined = () => undefined,
    readDefaults: () => Partial<ForwardSpecification> = () => ({}),
  ) {
    this.#session = session;
    this.#isFocused = isFocused;
    this.#windowName = windowName;
    this.#readDefaults = readDefaults;
    this.#owned.add(session.onNotification(forwardsChanged, (forwards) => this.#update(forwards)));
    this.#owned.add(session.onDidConnect((replaced) => this.#onConnect(replaced?.forwards ?? [])));
    this.#owned.add(session.onDidLose(() => this.#onLose()));
  }

  /** Whether it is known what is forwarded: not before a host was looked for, nor while a lost one is replaced. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  /** Resolves once it is known for the first time what is forwarded. */
  get whenLoaded(): Promise<void> {
    return this.#firstLoad.promise;
  }

  /** There is no host, or none that answers: nothing is forwarded. */
  setLoaded(): void {
    if (this.#isLoaded) return;
    this.#setLoaded();
    this.#changed.fire();
  }

  get forwards(): readonly ForwardSnapshot[] {
    return this.#forwards;
  }

  /** Whether the forwards of this window wait for another host. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  find(id: string): ForwardSnapshot | undefined {
    return this.#forwards.find((forward) => forward.id === id);
  }

  /** Whether this window uses the forward: a person has started it here, or a task, an extension or a tool of this window has. */
  isOwn(forward: ForwardSnapshot): boolean {
    return forward.holders.some(({ id }) => this.#holders.has(id));
  }

  /** Who else uses a forward than the person before this window. */
  otherUsers({ holders }: ForwardSnapshot): ForwardSnapshot['holders'] {
    return holders.filter(
      ({ id, kind, hasLeft }) => id !== this.#person && !(kind === 'window' && hasLeft === true),
    );
  }

  /** The number of a port that a target declares under a name; undefined if it declares none. */
  async portNumber(target: TargetReference, name: string): Promise<number | undefined> {
    const ports = await this.#session.request(listPorts, target).catch(() => []);
    return ports.find((port) => port.name === name)?.number;
  }

  /** A new holder of this window. Whoever makes it releases it. */
  createHolder(kind: Holder['kind'], name?: string): Holder {
    const holder = this.#named({ id: randomUUID(), kind, ...(name === undefined ? {} : { name }) });
    this.#holders.add(holder.id);
    return holder;
  }

  /** Resolves once it is known how the forward starts. Rejects where the host cannot be asked. */
  start(
    specification: ForwardSpecification,
    holder: Holder = this.#personHolder(),
  ): Promise<ForwardSnapshot> {
    return this.#session.request(startForward, { ...this.#readDefaults(), ...specification, holder });
  }

  /** The holder lets go of its forward, which ends where nobody else holds it. Resolves when it has. */
  async release({ id }: Holder): Promise<void> {
    this.#holders.delete(id);
    if (this.#session.isConnected) await this.#session.request(releaseForward, { holder: id });
  }

  /** A person stops it, whoever uses it. */
  async stop(id: string): Promise<void> {
    await this.#session.request(stopForward, { id });
  }

  /** The forward that has the local port which another one cannot have. */
  inTheWayOf({ id, state }: ForwardSnapshot): ForwardSnapshot | undefined {
    if (state.type !== 'failed' || state.error.code !== 'PORT_IN_USE') return undefined;
    const port = state.error.arguments['port'];
    return this.#forwards.find((other) => other.id !== id && other.localPort === port);
  }

  /** Stops a forward and tries another one again, which then has its port. */
  async replace(stopped: string, id: string): Promise<ForwardSnapshot> {
    await this.stop(stopped);
    return this.restart(id);
  }

  /** Takes back that a person has stopped a forward. */
  async startAgain(stopped: ForwardSnapshot): Promise<ForwardSnapshot> {
    const holder = this.#personHolder();
    try {
      return await this.#session.request(restoreForward, { id: stopped.id, holder });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // It has been a while, or the host is another one.
      return this.start(restored(stopped));
    }
  }

  /** Stops every forward, and resolves with how many that were. */
  async stopAll(): Promise<number> {
    this.#lost = [];
    this.setLoaded();
    return this.#session.isConnected ? this.#session.request(stopAllForwards) : 0;
  }

  restart(id: string): Promise<ForwardSnapshot> {
    return this.#session.request(restartForward, { id });
  }

  changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    return this.#session.request(changeLocalPort, { id, port });
  }

  setLabel(id: string, label: string): Promise<void> {
    return this.#session.request(setLabel, { id, label });
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
      // Who starts or restarts a forward waits for its end and says it himself.
      const isNews = last === 'ready' || last === 'reconnecting';
      return isNews && forward.state.type === 'failed' && this.#isTold(forward);
    });
    if (failed.length > 0) this.#failed.fire(failed);
    const waiting = forwards.find((forward) => needsSignIn(forward) && this.#isTold(forward));
    if (waiting !== undefined && !waited) this.#needSignIn.fire(waiting);
  }

  /** Whether this window is the one to tell of it. */
  #isTold(forward: ForwardSnapshot): boolean {
    return this.isOwn(forward) || this.#isFocused();
  }

  /** Every window brings back its own, and what outlives windows: the host takes the same forward from several for one. */
  #onLose(): void {
    const running = this.#forwards.filter((forward) => RUNNING.has(forward.state.type));
    this.#lost = [...this.#lost, ...running];
    this.#update([]);
    if (running.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /** `replaced`: what an older host had forwarded that made way for this one. */
  #onConnect(replaced: readonly StartForward[]): void {
    const lost = this.#lost.flatMap((forward) =>
      forward.holders
        .filter(({ id, kind }) => this.#holders.has(id) || HOLDER_LIFETIMES[kind] !== 'client')
        .map(({ hasLeft: _, ...holder }): StartForward => ({ ...restored(forward), holder })),
    );
    this.#lost = [];
    for (const { holder, ...specification } of [...lost, ...replaced]) {
      // Its state tells how it went, as for every other forward.
      this.start(specification, holder).catch(() => {});
    }
    const before = this.#updates;
    this.#session.request(listForwards).then(
      // What came meanwhile is newer than this answer.
      (forwards) => before === this.#updates && this.#update(forwards),
      () => this.setLoaded(),
    );
  }

  #personHolder(): Holder {
    return this.#named({ id: this.#person, kind: 'window' });
  }

  #named(holder: Holder): Holder {
    const window = this.#windowName();
    return window === undefined ? holder : { ...holder, window };
  }
}

/** The same forward on the same local port: clients that remember it must not reach something else. */
function restored({ specification, localPort }: ForwardSnapshot): ForwardSpecification {
  return localPort === undefined
    ? specification
    : { ...specification, localPort: { mode: 'exact', port: localPort } };
}
