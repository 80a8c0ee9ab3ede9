/** Replaces a value that may be a secret. */
export const REDACTED = '‹redacted›';

/** The modes of a forward's log: keep nothing, the fields of {@link Exchange}, or heads and bodies as well. */
export const REQUEST_LOG_MODES = ['off', 'metadata', 'record'] as const;
export type RequestLogMode = (typeof REQUEST_LOG_MODES)[number];

/** The mode with which a log is on again after a start that no person requested: nothing is recorded unnoticed. */
export function withoutRecording(mode: RequestLogMode): RequestLogMode {
  return mode === 'record' ? 'metadata' : mode;
}

/** The protocol of a request and its response. */
export type ExchangeProtocol = 'http/1' | 'http/2' | 'grpc' | 'websocket' | 'tls' | 'tcp';

/**
 * A request and its response, as one row of a log. A connection that does not speak HTTP, or whose requests are encrypted, is one row.
 * Texts come from the two ends of the connection: they may contain anything.
 */
export interface Exchange {
  /** Unique and growing within one process. */
  readonly id: number;
  /** The id of the forward or the gateway; empty in a program that has only one of them. */
  readonly forward: string;
  /** Of a connection through a gateway: the service or pod that the client asked for, with its namespace: `web.demo`. */
  readonly service?: string;
  readonly protocol: ExchangeProtocol;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly method?: string;
  /** The host that the client asked for, or the server name of a TLS connection. */
  readonly host?: string;
  /** The path without the query. */
  readonly path?: string;
  /** The names of the query's parameters, without their values. */
  readonly queryNames?: readonly string[];
  readonly status?: number;
  readonly grpcStatus?: number;
  /** From the first byte of the request to the first byte of the response, in milliseconds. */
  readonly firstByteMs?: number;
  /** From the first byte of the request to the last byte of the response, in milliseconds. Missing while the exchange is open. */
  readonly durationMs?: number;
  /** Bytes of the body as transferred; for `tls` and `tcp`, all bytes. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** Messages of a WebSocket, from the client and from the pod. */
  readonly requestMessages?: number;
  readonly responseMessages?: number;
  readonly pod?: string;
  /** True if heads and bodies were recorded. */
  readonly isRecorded: boolean;
  /** A remark for people: the protocols that a TLS client offers, or the reason why an exchange has no end. */
  readonly note?: string;
}

/** One side of a recorded exchange. Values that may be secrets are {@link REDACTED}. */
export interface RecordedMessage {
  readonly head: readonly (readonly [name: string, value: string])[];
  /** Base64. Without the content encoding (gzip and the like) of the transfer. Empty until the exchange has ended. */
  readonly body: string;
  /** True if only the beginning of the body was kept. */
  readonly isTruncated: boolean;
}

export interface ExchangeDetails extends Exchange {
  readonly request: RecordedMessage;
  readonly response: RecordedMessage;
  /** The query with its values, which may be {@link REDACTED}, without the question mark. */
  readonly query?: string;
}

/** The traffic of a forward, or of all, in one interval that ended at `at`. */
export interface TrafficSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Bytes in the interval from pods to clients, and from clients to pods. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The number at the end of the interval. */
  readonly openConnections: number;
  readonly newConnections: number;
  /** Percentiles of {@link Exchange.firstByteMs}. Missing if there was no response, or no log. */
  readonly firstByteP50?: number;
  readonly firstByteP95?: number;
}

/** `minutes`: 5 minutes in steps of 1 s. `hour`: an hour in steps of 10 s. */
export const TRAFFIC_RANGES = ['minutes', 'hour'] as const;
export type TrafficRange = (typeof TRAFFIC_RANGES)[number];

/** The most exchanges that one process keeps. */
export const EXCHANGE_LIMIT = 1_000;
