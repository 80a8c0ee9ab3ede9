import type { Clock } from '../../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import type { HostClient, ReplacedHost } from '../../rpc/hostClient.ts';
import type { NotificationType, RequestType, RequestType0 } from '../../rpc/messages.ts';

/**
 * How many times a window may lose its host within {@link LOSS_WINDOW_MS} and still start another host automatically.
 * After more losses, a new host would probably end too, so the window starts one only when the user acts.
 */
const MAX_LOSSES = 3;
const LOSS_WINDOW_MS = 60_000;

/** Finds or starts the forward host and connects to it. */
export interface HostLauncher {
  /**
   * Connects to the host if one runs. Otherwise resolves with undefined, with one exception: on Windows, an update of
   * VS Code may have ended a host with forwards that terminals started with `--detach`. In this case, starts a new
   * host, which restores these forwards.
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
   * Called before each request with its method and parameters. Returns the parameters to send. If the returned promise
   * rejects, the request is not sent and rejects with the same error. Optional, default: sends each request as it is.
   * `PluginGate` uses this function to ask the user before the host runs a plugin or sends a token file.
   */
  readonly gate?: <P>(method: string, parameters: P) => Promise<P>;
}

/**
 * The connection of a window to the forward host. The first request opens the connection. If the connection was lost,
 * the next request opens it again.
 */
export class HostConnector implements Disposable {
  readonly #launcher: HostLauncher;
  readonly #clock: Clock;
  readonly #gate: HostConnectorOptions['gate'];
  readonly #owned = new DisposableStore();
  readonly #ended = new AbortController();
  readonly #connected = this.#owned.add(new Emitter<ReplacedHost | undefined>());
  readonly #lost = this.#owned.add(new Emitter<{ readonly willRestart: boolean }>());
  /**
   * For each callback of {@link onNotification}, a function that registers the callback with a connection to the host.
   * These functions are called for each new connection, because no callback is registered with the new connection yet.
   */
  readonly #subscriptions = new Set<(connection: HostClient) => void>();
  #connectionOwned = new DisposableStore();
  #state: State = { type: 'disconnected' };
  #losses: readonly number[] = [];

  /**
   * Fires each time the window has connected to a host. A new host knows nothing about this window, so each subscriber
   * requests again what it shows. If the new host replaced an older host, the event contains what the older host handed
   * over.
   */
  readonly onDidConnect = this.#connected.event;
  /**
   * Fires when the connection to the host is lost. `willRestart` is true if the window may start another host without
   * asking the user. It is false after more than {@link MAX_LOSSES} losses within {@link LOSS_WINDOW_MS}.
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
   * Connects as {@link HostLauncher.joinOrRestore} does: only if a host runs, or has forwards to restore. Resolves with
   * true if the window is then connected.
   */
  async joinOrRestore(): Promise<boolean> {
    return (await this.#connect((signal) => this.#launcher.joinOrRestore(signal))) !== undefined;
  }

  /** Ensures that a host is connected. Rejects with a CodedError if none starts. */
  async connect(): Promise<void> {
    await this.#connection();
  }

  /**
   * Calls the gate as {@link request} does, but sends nothing. Used before an action that consists of several requests,
   * so that the user can refuse the last request before the first one is sent.
   */
  async ask<P, R>({ method }: RequestType<P, R>, parameters: P): Promise<void> {
    await this.#gate?.(method, parameters);
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

  /**
   * Registers a callback for a notification, with the current connection to the host and with every later one.
   * Disposing of the result removes the callback.
   */
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
    // If `joinOrRestore` is already connecting, the first call does not start a host. It only waits for the result of
    // `joinOrRestore`, which is undefined if no host runs. The second call then starts a host.
    const connection = (await this.#connect(start)) ?? (await this.#connect(start));
    if (connection === undefined) throw new CodedError('HOST_LOST');
    return connection;
  }

  /**
   * Returns the open connection. If another caller is already opening a connection, waits for that connection and does
   * not use `open`. Otherwise, opens a connection with `open`.
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
