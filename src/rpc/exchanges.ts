import type {
  Exchange,
  ExchangeDetails,
  RequestLogMode,
  TrafficRange,
  TrafficSample,
} from '../kinds/exchange.ts';
import { NotificationType, RequestType, RequestType0 } from './messages.ts';

export * from '../kinds/exchange.ts';

// The messages of the request log. An exchange is a request with its response. The host sends exchanges only to clients
// that watch the log.

/**
 * Selects the exchanges (requests with their responses) of one forward or gateway by its id, `forward`. If the id is
 * missing, selects all exchanges.
 */
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
 * New and changed exchanges (requests with their responses), for a client that watches the request log. An exchange
 * replaces an earlier exchange with the same id. Sent at most ten times per second.
 */
export interface ExchangesChanged {
  readonly exchanges: readonly Exchange[];
}

/**
 * The next traffic sample, for a client that watches the traffic. If a client reads slowly, it gets only the latest
 * sample and misses the samples before it.
 */
export interface TrafficSampled extends WatchTraffic {
  readonly sample: TrafficSample;
}

/**
 * Sets the mode of a forward's request log. On open HTTP/1 connections, the log begins with the next request. Open
 * connections of other protocols (such as HTTP/2 and TLS) are not logged, because the host can only parse them from
 * their beginning. Fails with `FORWARD_NOT_FOUND`.
 */
export const setRequestLog = new RequestType<SetRequestLog, void>('exchanges/setLog');
/**
 * Returns the exchanges that the host still stores, oldest first. The host stores only the latest {@link
 * EXCHANGE_LIMIT}.
 */
export const listExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/list');
/**
 * Returns the same as {@link listExchanges}. Then the host sends {@link exchangesChanged} and {@link exchangesCleared},
 * until the client calls {@link unwatchExchanges}. A client has only one watch: another call changes its filter.
 */
export const watchExchanges = new RequestType<ExchangeFilter, readonly Exchange[]>('exchanges/watch');
export const unwatchExchanges = new RequestType0<void>('exchanges/unwatch');
export const exchangesChanged = new NotificationType<ExchangesChanged>('exchanges/changed');
/**
 * Tells a client that watches the request log to delete the exchanges of one forward, or of all forwards, because a
 * user has cleared the log.
 */
export const exchangesCleared = new NotificationType<ExchangeFilter>('exchanges/cleared');
/**
 * Returns the headers and bodies of the request and the response of a recorded exchange. Fails with
 * `EXCHANGE_NOT_FOUND` if the exchange was not recorded, or the host has deleted it meanwhile.
 */
export const readExchange = new RequestType<{ readonly id: number }, ExchangeDetails>('exchanges/read');
export const clearExchanges = new RequestType<ExchangeFilter, void>('exchanges/clear');

/**
 * Returns the traffic samples that the host has taken so far, oldest first. Then the host sends each new sample as
 * {@link trafficSampled}, until the client calls {@link unwatchTraffic}. The host takes samples only while it has
 * forwards. A client has only one watch: another call changes its filter and range.
 */
export const watchTraffic = new RequestType<WatchTraffic, readonly TrafficSample[]>('traffic/watch');
export const unwatchTraffic = new RequestType0<void>('traffic/unwatch');
export const trafficSampled = new NotificationType<TrafficSampled>('traffic/sampled');
