import type {
  Exchange,
  ExchangeDetails,
  RequestLogMode,
  TrafficRange,
  TrafficSample,
} from '../kinds/exchange.ts';
import { NotificationType, RequestType, RequestType0 } from './contract.ts';

export {
  EXCHANGE_LIMIT,
  type Exchange,
  type ExchangeDetails,
  type ExchangeProtocol,
  REDACTED,
  type RecordedMessage,
  type RequestLogMode,
  type TrafficRange,
  type TrafficSample,
} from '../kinds/exchange.ts';

// ---- The log of what passes through forwards. Nothing of it is sent to a client that does not watch.

/** Which forward; optional, default all. */
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

/** Rows that are new or have changed, by their ids. At most ten such messages a second. */
export interface ExchangesChanged {
  readonly exchanges: readonly Exchange[];
}

/** The next step of what is watched. A client that reads slowly misses steps. */
export interface TrafficSampled extends WatchTraffic {
  readonly sample: TrafficSample;
}

/**
 * Switches the log of a forward. Connections that are open are picked up at their next request, except those of HTTP/2, TLS and
 * other protocols, whose beginning is needed. Fails with `FORWARD_NOT_FOUND`.
 */
export const setRequestLog = new RequestType<SetRequestLog, void>('exchanges/setLog');
/** What is kept now, oldest first: {@link EXCHANGE_LIMIT} rows at most. */
export const listExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/list');
/**
 * As {@link listExchanges}, and {@link exchangesChanged} and {@link exchangesCleared} follow until the client unwatches. A client watches
 * once: the next call replaces the filter.
 */
export const watchExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/watch');
export const unwatchExchanges = new RequestType0<void>('exchanges/unwatch');
export const exchangesChanged = new NotificationType<ExchangesChanged>('exchanges/changed');
/** The rows of the forward, or all, are gone. */
export const exchangesCleared = new NotificationType<ExchangeFilter>('exchanges/cleared');
/** Fails with `EXCHANGE_NOT_FOUND` if the exchange was not recorded or is not kept any more. */
export const readExchange = new RequestType<{ readonly id: number }, ExchangeDetails>('exchanges/read');
export const clearExchanges = new RequestType<ExchangeFilter, void>('exchanges/clear');

/**
 * The samples until now, oldest first, without those before the first forward; {@link trafficSampled} follows for each step until the client
 * unwatches. A client watches once: the next call replaces the filter and the range.
 */
export const watchTraffic = new RequestType<WatchTraffic, readonly TrafficSample[]>('traffic/watch');
export const unwatchTraffic = new RequestType0<void>('traffic/unwatch');
export const trafficSampled = new NotificationType<TrafficSampled>('traffic/sampled');
