import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { RequestLog } from '../inspect/requestLog.ts';
import type { TrafficRecorder } from '../inspect/traffic/trafficRecorder.ts';
import type { Exchange, ExchangeFilter, TrafficSample, WatchTraffic } from '../rpc/exchanges.ts';
import type { HostNotifications } from '../rpc/outbox.ts';
import { ExchangeWatch } from './exchangeWatch.ts';

export interface ClientWatchesOptions {
  readonly requestLog: RequestLog;
  readonly traffic: TrafficRecorder;
  readonly clock: Clock;
  readonly notices: HostNotifications;
}

/** Limits a client to one list of exchanges and one series of samples at a time. */
export class ClientWatches implements Disposable {
  readonly #options: ClientWatchesOptions;
  #exchanges: Disposable | undefined;
  #traffic: Disposable | undefined;

  constructor(options: ClientWatchesOptions) {
    this.#options = options;
  }

  watchExchanges(filter: ExchangeFilter): readonly Exchange[] {
    const { requestLog, clock, notices } = this.#options;
    this.unwatchExchanges();
    this.#exchanges = new ExchangeWatch(requestLog.exchanges, filter, clock, notices);
    return requestLog.exchanges.list(filter.forward);
  }

  unwatchExchanges(): void {
    this.#exchanges?.dispose();
    this.#exchanges = undefined;
  }

  watchTraffic(watch: WatchTraffic): readonly TrafficSample[] {
    const { traffic, notices } = this.#options;
    this.unwatchTraffic();
    this.#traffic = traffic.onDidSample(({ forward, range, sample }) => {
      if (forward === watch.forward && range === watch.range) notices.trafficSampled({ ...watch, sample });
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
