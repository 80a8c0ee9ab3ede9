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

/** The state of the view of requests, and whether new rows reach it. */
export interface RequestsState {
  readonly isPaused: boolean;
  readonly isFollowing: boolean;
}

/**
 * The log of requests in the forward host. Sends no requests to the host while nobody watches, and starts no host: without a
 * host there are no forwards.
 */
export class RequestsModel implements Disposable {
  readonly #host: HostConnector;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<readonly Exchange[]>());
  readonly #reset = this.#owned.add(new Emitter<void>());
  readonly #stateChanged = this.#owned.add(new Emitter<RequestsState>());
  readonly #exchanges = new Map<number, Exchange>();
  #isWatching = false;
  #state: RequestsState = { isPaused: false, isFollowing: true };

  /** Fires with new and changed requests, unless the view is paused. */
  readonly onDidChange = this.#changed.event;
  /** Fires when all earlier events are out of date. */
  readonly onDidReset = this.#reset.event;
  readonly onDidChangeState = this.#stateChanged.event;

  constructor(host: HostConnector) {
    this.#host = host;
    this.#owned.add(host.onNotification(exchangesChanged, ({ exchanges }) => this.#put(exchanges)));
    this.#owned.add(host.onNotification(exchangesCleared, (filter) => this.#clear(filter)));
    this.#owned.add(host.onDidConnect(() => this.#subscribe()));
    this.#owned.add(host.onDidLose(() => this.#clear({})));
  }

  /** The known requests, oldest first. */
  get exchanges(): readonly Exchange[] {
    return [...this.#exchanges.values()].sort((a, b) => a.id - b.id);
  }

  get state(): RequestsState {
    return this.#state;
  }

  /** Watches the log, or stops watching. */
  setWatching(isWatching: boolean): void {
    if (this.#isWatching === isWatching) return;
    this.#isWatching = isWatching;
    if (isWatching) this.#subscribe();
    else {
      this.#exchanges.clear();
      // A failure means that the connection has ended.
      if (this.#host.isConnected) this.#host.request(unwatchExchanges).catch(() => {});
    }
  }

  setFollowing(isFollowing: boolean): void {
    this.#setState({ ...this.#state, isFollowing });
  }

  /** Holds new rows back until the view continues. */
  setPaused(isPaused: boolean): void {
    if (this.#state.isPaused === isPaused) return;
    this.#setState({ ...this.#state, isPaused });
    if (!isPaused) this.#reset.fire();
  }

  /** Forgets all requests, in the forward host too. */
  async clear(): Promise<void> {
    if (this.#host.isConnected) await this.#host.request(clearExchanges, {});
  }

  /** Returns the kept exchanges without watching. */
  async list(filter: ExchangeFilter): Promise<readonly Exchange[]> {
    return this.#host.isConnected ? this.#host.request(listExchanges, filter) : [];
  }

  find(id: number): Exchange | undefined {
    return this.#exchanges.get(id);
  }

  /** @throws an error with the code `EXCHANGE_NOT_FOUND` for an exchange that was not recorded or is no longer kept */
  async read(id: number): Promise<ExchangeDetails> {
    if (!this.#host.isConnected) throw new CodedError('EXCHANGE_NOT_FOUND', { id });
    return this.#host.request(readExchange, { id });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #subscribe(): void {
    if (!this.#isWatching || !this.#host.isConnected) return;
    this.#host.request(watchExchanges, {}).then(
      (exchanges) => {
        if (!this.#isWatching) return;
        // Notifications that arrived meanwhile are newer than the response.
        const newer = new Map(this.#exchanges);
        this.#exchanges.clear();
        this.#keep([...exchanges, ...newer.values()]);
        this.#reset.fire();
      },
      // The view stays as it is, and the next connection sends the request again.
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
    for (const { id } of this.exchanges.slice(0, excess)) this.#exchanges.delete(id);
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
