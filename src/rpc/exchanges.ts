import type {
  Exchange,
  ExchangeDetails,
  RequestLogMode,
  TrafficRange,
  TrafficSample,
} from '../kinds/exchange.ts';
import { NotificationType, RequestType, RequestType0 } from './contract.ts';

export * from '../kinds/exchange.ts';

// ---- The request log of forwards. The host sends rows only to clients that watch the log.

/** Selects the exchanges of one forward by its id. Optional, default all forwards. */
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

/**
 * New and changed rows, for a client that watches the log. A row replaces the earlier row with the same id. Sent at
 * most ten times per second.
 */
export interface ExchangesChanged {
  readonly exchanges: readonly Exchange[];
}

/** The next sample, for a client that watches the traffic. A client that reads slowly misses samples. */
export interface TrafficSampled extends WatchTraffic {
  readonly sample: TrafficSample;
}

/**
 * Sets the mode of a forward's request log. For HTTP/1 connections that are already open, the log begins with their
 * next request. Open connections of other protocols (such as HTTP/2 and TLS) are not logged, because they can only be
 * parsed from their beginning. Fails with `FORWARD_NOT_FOUND`.
 */
export const setRequestLog = new RequestType<SetRequestLog, void>('exchanges/setLog');
/** Returns the exchanges that the host has kept, oldest first, at most {@link EXCHANGE_LIMIT}. */
export const listExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/list');
/**
 * Returns the same as {@link listExchanges}. Then the host sends {@link exchangesChanged} and {@link exchangesCleared},
 * until the client calls {@link unwatchExchanges}. A client has only one watch: another call changes its filter.
 */
export const watchExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/watch');
export const unwatchExchanges = new RequestType0<void>('exchanges/unwatch');
export const exchangesChanged = new NotificationType<ExchangesChanged>('exchanges/changed');
/** The exchanges of the forward, or of all forwards, were deleted. */
export const exchangesCleared = new NotificationType<ExchangeFilter>('exchanges/cleared');
/** Fails with `EXCHANGE_NOT_FOUND` if the exchange was not recorded or is no longer kept. */
export const readExchange = new RequestType<{ readonly id: number }, ExchangeDetails>('exchanges/read');
export const clearExchanges = new RequestType<ExchangeFilter, void>('exchanges/clear');

/**
 * Returns the samples so far, oldest first. Then the host sends each new sample as {@link trafficSampled}, until the
 * client calls {@link unwatchTraffic}. The host takes samples only while it has forwards. A client has only one watch:
 * another call changes its filter and range.
 */
export const watchTraffic = new RequestType<WatchTraffic, readonly TrafficSample[]>('traffic/watch');
export const unwatchTraffic = new RequestType0<void>('traffic/unwatch');
export const trafficSampled = new NotificationType<TrafficSampled>('traffic/sampled');
