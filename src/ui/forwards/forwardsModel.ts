import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  changeLocalPort,
  type ForwardSnapshot,
  type ForwardSpecification,
  type ForwardState,
  forwardsChanged,
  listForwards,
  restartForward,
  setLabel,
  startForward,
  stopAllForwards,
  stopForward,
} from '../../rpc/contract.ts';
import type { HostSession } from '../host/hostSession.ts';

const RUNNING: ReadonlySet<string> = new Set([
  'starting',
  'ready',
  'reconnecting',
] satisfies readonly ForwardState['type'][]);

/** The forwards of all windows, and which of them are this window's own. */
export class ForwardsModel implements Disposable {
  readonly #session: HostSession;
  readonly #isFocused: () => boolean;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  readonly #failed = this.#owned.add(new Emitter<readonly ForwardSnapshot[]>());
  #forwards: readonly ForwardSnapshot[] = [];
  /** Ids of what this window started since it was loaded: it tells when one of them fails. */
  readonly #own = new Set<string>();
  #lost: readonly ForwardSnapshot[] = [];
  #updates = 0;
  #isLoaded = false;
  readonly #firstLoad = Promise.withResolvers<void>();

  readonly onDidChange = this.#changed.event;
  /** Forwards that were ready before have failed, together; of this window, or of any while the user looks at it. */
  readonly onDidFail = this.#failed.event;

  /** `isFocused`: whether the user looks at this window. */
  constructor(session: HostSession, isFocused: () => boolean) {
    this.#session = session;
    this.#isFocused = isFocused;
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

  /** Whether this window started the forward; else another window, a terminal or an earlier load of this window did. */
  isOwn(id: string): boolean {
    return this.#own.has(id);
  }

  find(id: string): ForwardSnapshot | undefined {
    return this.#forwards.find((forward) => forward.id === id);
  }

  /** Resolves once the forward is ready or failed. Rejects where the host cannot be asked. */
  async start(specification: ForwardSpecification): Promise<ForwardSnapshot> {
    const forward = await this.#session.request(startForward, specification);
    this.#own.add(forward.id);
    return forward;
  }

  /** Starts a forward that was stopped once more, on the same local port. */
  startAgain(stopped: ForwardSnapshot): Promise<ForwardSnapshot> {
    return this.start(restored(stopped));
  }

  async stop(id: string): Promise<void> {
    this.#own.delete(id);
    await this.#session.request(stopForward, { id });
  }

  /** Stops every forward, and resolves with how many that were. */
  async stopAll(): Promise<number> {
    this.#lost = [];
    this.#own.clear();
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
    const before = new Map(this.#forwards.map((forward) => [forward.id, forward.state.type]));
    this.#forwards = forwards;
    this.#updates += 1;
    this.#setLoaded();
    this.#changed.fire();
    const failed = forwards.filter((forward) => {
      const last = before.get(forward.id);
      // Who starts or restarts a forward waits for its end and says it himself.
      const isNews = last === 'ready' || last === 'reconnecting';
      return isNews && forward.state.type === 'failed' && (this.#own.has(forward.id) || this.#isFocused());
    });
    if (failed.length > 0) this.#failed.fire(failed);
  }

  /**
   * Every window brings back all that it knew: the host takes the same forward from several windows for one. But what ends
   * with a window is that window's to bring back.
   */
  #onLose(): void {
    const running = this.#forwards.filter(
      ({ id, specification, state }) =>
        RUNNING.has(state.type) && (specification.endsWithClient !== true || this.#own.has(id)),
    );
    this.#lost = [...this.#lost, ...running];
    this.#own.clear();
    this.#update([]);
    if (running.length === 0) return;
    this.#isLoaded = false;
    this.#changed.fire();
  }

  /** `replaced`: what an older host had forwarded that made way for this one. */
  #onConnect(replaced: readonly ForwardSpecification[]): void {
    const lost = this.#lost.map(restored);
    this.#lost = [];
    for (const specification of [...lost, ...replaced]) {
      // Its state tells how it went, as for every other forward.
      this.start(specification).catch(() => {});
    }
    const before = this.#updates;
    this.#session.request(listForwards).then(
      // What came meanwhile is newer than this answer.
      (forwards) => before === this.#updates && this.#update(forwards),
      () => this.setLoaded(),
    );
  }
}

/** The same forward on the same local port: clients that remember it must not reach something else. */
function restored({ specification, localPort }: ForwardSnapshot): ForwardSpecification {
  return localPort === undefined
    ? specification
    : { ...specification, localPort: { mode: 'exact', port: localPort } };
}
