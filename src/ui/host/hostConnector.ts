import type { Clock } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { NotificationType, RequestType, RequestType0 } from '../../rpc/contract.ts';
import type { HostClient, ReplacedHost } from '../../rpc/hostClient.ts';

/**
 * If a window loses its host more often than this within {@link LOSS_WINDOW_MS}, it does not start another host
 * automatically, because that host would probably fail too.
 */
const MAX_LOSSES = 3;
const LOSS_WINDOW_MS = 60_000;

/** Connects a window to a forward host. */
export interface HostLauncher {
  /**
   * Connects to a running host. Returns undefined if none runs. Starts a host only to restore forwards that terminals
   * had detached in a host that has ended (`launchHost.ts`).
   */
  joinOrRestore(signal: AbortSignal): Promise<HostClient | undefined>;
  /** Connects to the running host, or starts one. Rejects with a CodedError if the host does not start. */
  joinOrStart(signal: AbortSignal): Promise<HostClient>;
}

type State =
  | { readonly type: 'disconnected' }
  | { readonly type: 'connecting'; readonly connection: Promise<HostClient | undefined> }
  | { readonly type: 'connected'; readonly connection: HostClient };

export interface HostConnectorOptions {
  readonly launcher: HostLauncher;
  readonly clock: Clock;
  /**
   * Called with the method and the parameters of each request before the request is sent. Returns the parameters to
   * send. Optional: `PluginGate` uses it to ask the user before the host runs a plugin. If it rejects, the request is
   * not sent and rejects with the same error.
   */
  readonly gate?: <P>(method: string, parameters: P) => Promise<P>;
}

/**
 * The connection of a window to the forward host. It is opened on first use. If it was lost, it is opened again on the
 * next use.
 */
export class HostConnector implements Disposable {
  readonly #launcher: HostLauncher;
  readonly #clock: Clock;
  readonly #gate: HostConnectorOptions['gate'];
  readonly #owned = new DisposableStore();
  readonly #ended = new AbortController();
  readonly #connected = this.#owned.add(new Emitter<ReplacedHost | undefined>());
  readonly #lost = this.#owned.add(new Emitter<{ readonly willRestart: boolean }>());
  /** Called with every new connection, to subscribe to its notifications. */
  readonly #subscriptions = new Set<(connection: HostClient) => void>();
  #connectionOwned = new DisposableStore();
  #state: State = { type: 'disconnected' };
  #losses: readonly number[] = [];

  /**
   * Fires after every new connection. Listeners then request the lists and values that they show from the host. If the
   * new host replaced an older one, the event contains the older host.
   */
  readonly onDidConnect = this.#connected.event;
  /**
   * Fires when the connection to the host is lost. `willRestart` is false after more than {@link MAX_LOSSES} losses in
   * a short time.
   */
  readonly onDidLose = this.#lost.event;

  constructor({ launcher, clock, gate }: HostConnectorOptions) {
    this.#launcher = launcher;
    this.#clock = clock;
    this.#gate = gate;
  }

  get isConnected(): boolean {
    return this.#state.type === 'connected';
  }

  /**
   * Connects to the host if one runs or has forwards to restore, as {@link HostLauncher.joinOrRestore} does. Returns
   * true if connected.
   */
  async joinOrRestore(): Promise<boolean> {
    return (await this.#connect((signal) => this.#launcher.joinOrRestore(signal))) !== undefined;
  }

  /** Ensures that a host is connected. Rejects with a CodedError if none starts. */
  async connect(): Promise<void> {
    await this.#connection();
  }

  /** Sends a request, and starts a host if none runs. */
  async request<R>(type: RequestType0<R>): Promise<R>;
  async request<P, R>(type: RequestType<P, R>, parameters: P): Promise<R>;
  async request<P, R>(
    type: RequestType0<R> | RequestType<P, R>,
    ...parameters: readonly [] | readonly [P]
  ): Promise<R> {
    const [given] = parameters;
    const sent = this.#gate === undefined ? given : await this.#gate(type.method, given);
    const connection = await this.#connection();
    return parameters.length === 0
      ? connection.request(type as RequestType0<R>)
      : connection.request(type as RequestType<P, R>, sent as P);
  }

  /** Listens to a notification on the current and every later connection. */
  onNotification<P>(type: NotificationType<P>, listener: (parameters: P) => void): Disposable {
    let current: Disposable | undefined;
    const subscribe = (connection: HostClient): void => {
      current = connection.onNotification(type, listener);
    };
    this.#subscriptions.add(subscribe);
    if (this.#state.type === 'connected') subscribe(this.#state.connection);
    return toDisposable(() => {
      this.#subscriptions.delete(subscribe);
      current?.dispose();
    });
  }

  dispose(): void {
    this.#ended.abort();
    this.#connectionOwned.dispose();
    this.#owned.dispose();
    this.#state = { type: 'disconnected' };
  }

  async #connection(): Promise<HostClient> {
    const start = (signal: AbortSignal) => this.#launcher.joinOrStart(signal);
    // `#connect` shares an attempt that is already running. If that attempt is from `joinOrRestore` and finds no host,
    // the second call starts a host.
    const connection = (await this.#connect(start)) ?? (await this.#connect(start));
    if (connection === undefined) throw new CodedError('HOST_LOST');
    return connection;
  }

  /**
   * Returns the connection, or opens a connection with `open`. Concurrent callers share one attempt, even if their
   * `open` differs.
   */
  #connect(open: (signal: AbortSignal) => Promise<HostClient | undefined>): Promise<HostClient | undefined> {
    if (this.#state.type === 'connected') return Promise.resolve(this.#state.connection);
    if (this.#state.type === 'connecting') return this.#state.connection;
    const connection = open(this.#ended.signal).then(
      (opened) => {
        if (this.#ended.signal.aborted) {
          opened?.dispose();
          throw this.#ended.signal.reason;
        }
        if (opened === undefined) this.#state = { type: 'disconnected' };
        else this.#use(opened);
        return opened;
      },
      (error: unknown) => {
        this.#state = { type: 'disconnected' };
        throw error;
      },
    );
    this.#state = { type: 'connecting', connection };
    return connection;
  }

  #use(connection: HostClient): void {
    const owned = new DisposableStore();
    this.#connectionOwned = owned;
    owned.add(connection);
    owned.add(connection.onDidClose(() => this.#onClose(connection)));
    for (const subscribe of this.#subscriptions) subscribe(connection);
    this.#state = { type: 'connected', connection };
    this.#connected.fire(connection.replaced);
  }

  #onClose(connection: HostClient): void {
    if (this.#state.type !== 'connected' || this.#state.connection !== connection) return;
    this.#connectionOwned.dispose();
    this.#state = { type: 'disconnected' };
    const now = this.#clock.now();
    this.#losses = [...this.#losses, now].filter((time) => now - time < LOSS_WINDOW_MS);
    this.#lost.fire({ willRestart: this.#losses.length <= MAX_LOSSES });
  }
}
