import type {
  Exchange,
  ExchangeDetails,
  RequestLogMode,
  TrafficRange,
  TrafficSample,
} from '../kinds/exchange.ts';
import { NotificationType, RequestType, RequestType0 } from './contract.ts';

export * from '../kinds/exchange.ts';

// ---- The request log of forwards. A client that does not watch the log gets no part of it.

/** Selects a forward. Optional, default all. */
export interface ExchangeFilter {
  readonly forward?: string;
}

export interface SetRequestLog {
  readonly forward: string;
  readonly mode: RequestLogMode;
}

export interface WatchTraffic extends ExchangeFilter {
  readonly range: TrafficRange;
}

/** New and changed rows, with their ids. At most ten such messages a second. */
export interface ExchangesChanged {
  readonly exchanges: readonly Exchange[];
}

/** The next sample of a watch. A client that reads slowly misses samples. */
export interface TrafficSampled extends WatchTraffic {
  readonly sample: TrafficSample;
}

/**
 * Switches the log of a forward. Open connections are followed from their next request on, except those of HTTP/2, TLS and
 * other protocols, which must be read from their beginning. Fails with `FORWARD_NOT_FOUND`.
 */
export const setRequestLog = new RequestType<SetRequestLog, void>('exchanges/setLog');
/** Returns the kept exchanges, oldest first, at most {@link EXCHANGE_LIMIT}. */
export const listExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/list');
/**
 * Like {@link listExchanges}; {@link exchangesChanged} and {@link exchangesCleared} follow until the client unwatches. A client
 * has one watch: the next call replaces its filter.
 */
export const watchExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/watch');
export const unwatchExchanges = new RequestType0<void>('exchanges/unwatch');
export const exchangesChanged = new NotificationType<ExchangesChanged>('exchanges/changed');
/** The rows of the forward, or of all forwards, were cleared. */
export const exchangesCleared = new NotificationType<ExchangeFilter>('exchanges/cleared');
/** Fails with `EXCHANGE_NOT_FOUND` if the exchange was not recorded or is no longer kept. */
export const readExchange = new RequestType<{ readonly id: number }, ExchangeDetails>('exchanges/read');
export const clearExchanges = new RequestType<ExchangeFilter, void>('exchanges/clear');

/**
 * Returns the samples so far, oldest first, beginning with the first forward; {@link trafficSampled} follows with each new
 * sample until the client unwatches. A client has one watch: the next call replaces its filter and range.
 */
export const watchTraffic = new RequestType<WatchTraffic, readonly TrafficSample[]>('traffic/watch');
export const unwatchTraffic = new RequestType0<void>('traffic/unwatch');
export const trafficSampled = new NotificationType<TrafficSampled>('traffic/sampled');
