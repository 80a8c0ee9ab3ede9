import type { Clock } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { NotificationType, RequestType, RequestType0 } from '../../rpc/contract.ts';
import type { HostClient, ReplacedHost } from '../../rpc/hostClient.ts';

/** After more losses than this within the time window, another host would not help. */
const MAX_LOSSES = 3;
const LOSS_WINDOW_MS = 60_000;

/** Connects a window to a forward host. */
export interface HostLauncher {
  /** Joins a running host. Undefined if none runs. Starts nothing. */
  find(signal: AbortSignal): Promise<HostClient | undefined>;
  /** Joins the running host, or starts one. Rejects with a CodedError if it does not start. */
  start(signal: AbortSignal): Promise<HostClient>;
}

type State =
  | { readonly type: 'disconnected' }
  | { readonly type: 'connecting'; readonly connection: Promise<HostClient | undefined> }
  | { readonly type: 'connected'; readonly connection: HostClient };

export interface HostConnectorOptions {
  readonly launcher: HostLauncher;
  readonly clock: Clock;
  /** Called before each request. Returns the parameters to send. An error that it throws fails the request. */
  readonly gate?: <P>(method: string, parameters: P) => Promise<P>;
}

/** The connection of a window to the forward host. Opened on first use, and again after a loss. */
export class HostConnector implements Disposable {
  readonly #launcher: HostLauncher;
  readonly #clock: Clock;
  readonly #gate: HostConnectorOptions['gate'];
  readonly #owned = new DisposableStore();
  readonly #ended = new AbortController();
  readonly #connected = this.#owned.add(new Emitter<ReplacedHost | undefined>());
  readonly #lost = this.#owned.add(new Emitter<{ readonly willRestart: boolean }>());
  /** Subscriptions for every new connection. */
  readonly #subscriptions = new Set<(connection: HostClient) => void>();
  #connectionOwned = new DisposableStore();
  #state: State = { type: 'disconnected' };
  #losses: readonly number[] = [];

  /** Fires with every new connection, so that parts request their state again. Passes an older host that was replaced. */
  readonly onDidConnect = this.#connected.event;
  /** Fires when the host is lost. After too many losses, no host is started automatically. */
  readonly onDidLose = this.#lost.event;

  constructor({ launcher, clock, gate }: HostConnectorOptions) {
    this.#launcher = launcher;
    this.#clock = clock;
    this.#gate = gate;
  }

  get isConnected(): boolean {
    return this.#state.type === 'connected';
  }

  /** Joins the host if one runs. Starts none. */
  async join(): Promise<boolean> {
    return (await this.#connect((signal) => this.#launcher.find(signal))) !== undefined;
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
    const start = (signal: AbortSignal) => this.#launcher.start(signal);
    const connection = (await this.#connect(start)) ?? (await this.#connect(start));
    if (connection === undefined) throw new CodedError('HOST_LOST');
    return connection;
  }

  /** Concurrent callers share one attempt. */
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
