import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { CodedError } from '../../base/errors.ts';
import { Emitter } from '../../base/event.ts';
import {
  clearExchanges,
  EXCHANGE_LIMIT,
  type Exchange,
  type ExchangeDetails,
  type ExchangeFilter,
  exchangesChanged,
  exchangesCleared,
  listExchanges,
  readExchange,
  unwatchExchanges,
  watchExchanges,
} from '../../rpc/exchanges.ts';
import type { HostConnector } from '../host/hostConnector.ts';

/**
 * The state of the requests view. `isPaused`: new rows are not shown. `isFollowing`: the view scrolls to each new row.
 */
export interface RequestsState {
  readonly isPaused: boolean;
  readonly isFollowing: boolean;
}

/**
 * This window's copy of the forward host's request log. The copy is updated only while a VS Code view shows the log.
 * Never starts a host: without a host, there are no forwards and so no requests.
 */
export class RequestsModel implements Disposable {
  readonly #host: HostConnector;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<readonly Exchange[]>());
  readonly #reset = this.#owned.add(new Emitter<void>());
  readonly #stateChanged = this.#owned.add(new Emitter<RequestsState>());
  readonly #exchanges = new Map<number, Exchange>();
  /** While the requests view is paused, the highest id that it shows. Each new request has a higher id. */
  #lastShown = Number.POSITIVE_INFINITY;
  #isWatching = false;
  #state: RequestsState = { isPaused: false, isFollowing: true };

  /** Fires with new and changed requests, unless the requests view is paused. */
  readonly onDidChange = this.#changed.event;
  /**
   * Fires when all of {@link exchanges} may have changed: after the log was loaded or cleared, or when the requests
   * view is no longer paused. A VS Code view then replaces all its rows instead of adding rows.
   */
  readonly onDidReset = this.#reset.event;
  readonly onDidChangeState = this.#stateChanged.event;

  constructor(host: HostConnector) {
    this.#host = host;
    this.#owned.add(host.onNotification(exchangesChanged, ({ exchanges }) => this.#put(exchanges)));
    this.#owned.add(host.onNotification(exchangesCleared, (filter) => this.#clear(filter)));
    this.#owned.add(host.onDidConnect(() => this.#subscribe()));
    this.#owned.add(
      host.onDidLose(() => {
        // The next host numbers its requests from the beginning, so their ids may be lower than `#lastShown`. With the
        // value 0, a paused view shows none of them.
        if (this.#state.isPaused) this.#lastShown = 0;
        this.#clear({});
      }),
    );
  }

  /**
   * The requests that this window knows, oldest first. While the requests view is paused, excludes the requests that
   * arrived after the pause began.
   */
  get exchanges(): readonly Exchange[] {
    return this.#sorted.filter(({ id }) => id <= this.#lastShown);
  }

  get state(): RequestsState {
    return this.#state;
  }

  /**
   * Starts or stops watching the log. While the window watches the log, the forward host sends all new and changed
   * requests. Stopping removes the requests from this window's copy.
   */
  setWatching(isWatching: boolean): void {
    if (this.#isWatching === isWatching) return;
    this.#isWatching = isWatching;
    if (isWatching) this.#subscribe();
    else {
      this.#exchanges.clear();
      // Ignores an error: the request fails only if the connection to the host has ended. The host has then also
      // stopped sending requests to this window.
      if (this.#host.isConnected) this.#host.request(unwatchExchanges).catch(() => {});
    }
  }

  setFollowing(isFollowing: boolean): void {
    this.#setState({ ...this.#state, isFollowing });
  }

  /**
   * Sets whether the requests view is paused. A paused view gets no new rows. When the pause ends, the view gets all
   * rows again.
   */
  setPaused(isPaused: boolean): void {
    if (this.#state.isPaused === isPaused) return;
    this.#lastShown = isPaused ? (this.#sorted.at(-1)?.id ?? 0) : Number.POSITIVE_INFINITY;
    this.#setState({ ...this.#state, isPaused });
    if (!isPaused) this.#reset.fire();
  }

  /**
   * Removes all requests from the log in the forward host. The host then notifies all windows, which remove their
   * rows.
   */
  async clear(): Promise<void> {
    if (this.#host.isConnected) await this.#host.request(clearExchanges, {});
  }

  /**
   * Asks the forward host for the requests in its log that match the filter, even if the window does not watch the log.
   * Returns an empty list if no host is connected.
   */
  async list(filter: ExchangeFilter): Promise<readonly Exchange[]> {
    return this.#host.isConnected ? this.#host.request(listExchanges, filter) : [];
  }

  find(id: number): Exchange | undefined {
    return this.#exchanges.get(id);
  }

  /**
   * Returns a request of the log with its recorded headers and bodies.
   * @throws CodedError `EXCHANGE_NOT_FOUND` if the request was not recorded, if it is no longer in the log, or if no
   *   host is connected
   */
  async read(id: number): Promise<ExchangeDetails> {
    if (!this.#host.isConnected) throw new CodedError('EXCHANGE_NOT_FOUND', { id });
    return this.#host.request(readExchange, { id });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  get #sorted(): readonly Exchange[] {
    return [...this.#exchanges.values()].sort((a, b) => a.id - b.id);
  }

  #subscribe(): void {
    if (!this.#isWatching || !this.#host.isConnected) return;
    this.#host.request(watchExchanges, {}).then(
      (exchanges) => {
        if (!this.#isWatching) return;
        // Notifications about requests may have arrived before this response, and are newer than the response. So their
        // exchanges are added last: they replace exchanges in the response that have the same id.
        const newer = new Map(this.#exchanges);
        this.#exchanges.clear();
        this.#keep([...exchanges, ...newer.values()]);
        this.#reset.fire();
      },
      // If the request fails, the view keeps its rows. When the window connects to a host again, this class repeats the
      // request.
      () => {},
    );
  }

  #put(exchanges: readonly Exchange[]): void {
    if (!this.#isWatching) return;
    this.#keep(exchanges);
    if (!this.#state.isPaused) this.#changed.fire(exchanges);
  }

  #keep(exchanges: readonly Exchange[]): void {
    for (const exchange of exchanges) this.#exchanges.set(exchange.id, exchange);
    const excess = this.#exchanges.size - EXCHANGE_LIMIT;
    if (excess <= 0) return;
    for (const { id } of this.#sorted.slice(0, excess)) this.#exchanges.delete(id);
  }

  #clear({ forward }: ExchangeFilter): void {
    for (const exchange of this.#exchanges.values()) {
      if (forward === undefined || exchange.forward === forward) this.#exchanges.delete(exchange.id);
    }
    this.#reset.fire();
  }

  #setState(state: RequestsState): void {
    this.#state = state;
    this.#stateChanged.fire(state);
  }
}
