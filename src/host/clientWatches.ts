import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { ExchangeLog } from '../inspect/exchangeLog.ts';
import type { OpenExchange } from '../inspect/openExchange.ts';
import type { RequestLog } from '../inspect/requestLog.ts';
import type { TrafficRecorder } from '../inspect/traffic/trafficRecorder.ts';
import type { Exchange, ExchangeFilter, TrafficSample, WatchTraffic } from '../rpc/exchanges.ts';
import type { HostNotifications } from '../rpc/outbox.ts';

export interface ClientWatchesOptions {
  readonly requestLog: RequestLog;
  readonly traffic: TrafficRecorder;
  readonly clock: Clock;
  readonly notifications: HostNotifications;
}

/**
 * Sends to one client what it watches: at most one list of exchanges (requests with their responses), and at most one
 * series of traffic samples.
 */
export class ClientWatches implements Disposable {
  readonly #options: ClientWatchesOptions;
  #exchanges: Disposable | undefined;
  #traffic: Disposable | undefined;

  constructor(options: ClientWatchesOptions) {
    this.#options = options;
  }

  watchExchanges(filter: ExchangeFilter): readonly Exchange[] {
    const { requestLog, clock, notifications } = this.#options;
    this.unwatchExchanges();
    this.#exchanges = new ExchangeWatch(requestLog.exchanges, filter, clock, notifications);
    return requestLog.exchanges.list(filter.forward);
  }

  unwatchExchanges(): void {
    this.#exchanges?.dispose();
    this.#exchanges = undefined;
  }

  watchTraffic(watch: WatchTraffic): readonly TrafficSample[] {
    const { traffic, notifications } = this.#options;
    this.unwatchTraffic();
    this.#traffic = traffic.onDidSample(({ forward, range, sample }) => {
      if (forward === watch.forward && range === watch.range)
        notifications.trafficSampled({ ...watch, sample });
    });
    return traffic.list(watch.range, watch.forward);
  }

  unwatchTraffic(): void {
    this.#traffic?.dispose();
    this.#traffic = undefined;
  }

  dispose(): void {
    this.unwatchExchanges();
    this.unwatchTraffic();
  }
}

/**
 * How long changed exchanges (requests with their responses) are collected before they are sent in one message, in
 * milliseconds.
 */
const BATCH_MS = 100;

/**
 * Sends the changed exchanges (requests with their responses) of one forward, or of all forwards, to one client in
 * batches.
 */
export class ExchangeWatch implements Disposable {
  readonly #clock: Clock;
  readonly #notifications: Pick<HostNotifications, 'exchangesChanged' | 'exchangesCleared'>;
  readonly #owned = new DisposableStore();
  readonly #changed = new Set<OpenExchange>();
  #timer: Disposable | undefined;

  constructor(
    log: ExchangeLog,
    { forward }: ExchangeFilter,
    clock: Clock,
    notifications: Pick<HostNotifications, 'exchangesChanged' | 'exchangesCleared'>,
  ) {
    this.#clock = clock;
    this.#notifications = notifications;
    this.#owned.add(
      log.onDidChange(({ exchange }) => {
        if (forward === undefined || exchange.forward === forward) this.#add(exchange);
      }),
    );
    this.#owned.add(log.onDidClear((cleared) => this.#clear(cleared)));
  }

  dispose(): void {
    this.#owned.dispose();
    this.#timer?.dispose();
    this.#changed.clear();
  }

  #add(exchange: OpenExchange): void {
    this.#changed.add(exchange);
    this.#timer ??= this.#clock.setTimer(BATCH_MS, () => this.#send());
  }

  #send(): void {
    this.#timer = undefined;
    const rows = [...this.#changed].map(({ row }) => row);
    this.#changed.clear();
    if (rows.length > 0) this.#notifications.exchangesChanged(rows);
  }

  /**
   * Tells the client that exchanges were deleted. Drops the changes of these exchanges that are not sent yet: if sent
   * later, they would make the client show the deleted exchanges again.
   * @param forward the forward whose exchanges were cleared; undefined for all forwards
   */
  #clear(forward: string | undefined): void {
    for (const exchange of this.#changed) {
      if (forward === undefined || exchange.forward === forward) this.#changed.delete(exchange);
    }
    this.#notifications.exchangesCleared(forward === undefined ? {} : { forward });
  }
}
