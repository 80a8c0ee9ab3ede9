/** The text that replaces a value that may be a secret. */
export const REDACTED = '‹redacted›';

/**
 * The modes of a forward's request log: `off` logs nothing, `metadata` logs the fields of {@link Exchange}, and
 * `record` also stores headers and bodies.
 */
export const REQUEST_LOG_MODES = ['off', 'metadata', 'record'] as const;
export type RequestLogMode = (typeof REQUEST_LOG_MODES)[number];

/**
 * Returns the mode of the request log for a forward or gateway that starts again. `record` becomes `metadata`, because
 * traffic must not be recorded without the knowledge of the user.
 */
export function withoutRecording(mode: RequestLogMode): RequestLogMode {
  return mode === 'record' ? 'metadata' : mode;
}

/** The protocol of a request and its response. */
export type ExchangeProtocol = 'http/1' | 'http/2' | 'grpc' | 'websocket' | 'tls' | 'tcp';

/**
 * A request and its response: one row of the request log. If a connection is encrypted or does not use HTTP, the whole
 * connection is one row. The texts come from the local client and the pod, so they may contain any characters.
 */
export interface Exchange {
  /** Unique within one process. A later exchange has a higher number. */
  readonly id: number;
  /** The id of the forward or the gateway. Empty in a program that has only one forward or gateway. */
  readonly forward: string;
  /**
   * The service or pod that the local client requested, with its namespace: `web.demo`. Missing if the connection did
   * not go through a gateway.
   */
  readonly service?: string;
  readonly protocol: ExchangeProtocol;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly method?: string;
  /** The value of the request header `Host`. For a TLS connection, the server name that the local client requested. */
  readonly host?: string;
  /** The path without the query. */
  readonly path?: string;
  /** The names of the query's parameters, without their values. */
  readonly queryNames?: readonly string[];
  readonly status?: number;
  readonly grpcStatus?: number;
  /** From the first byte of the request to the first byte of the response, in milliseconds. */
  readonly firstByteMs?: number;
  /**
   * From the first byte of the request to the last byte of the response, in milliseconds. Missing while the exchange is
   * open.
   */
  readonly durationMs?: number;
  /**
   * The sizes of the bodies, in bytes as they were transferred: a compressed body counts with its compressed size. For
   * `tls` and `tcp`, all bytes from the local client (`requestBytes`) and from the pod (`responseBytes`).
   */
  readonly requestBytes: number;
  readonly responseBytes: number;
  /** The numbers of WebSocket messages from the local client (`requestMessages`) and the pod (`responseMessages`). */
  readonly requestMessages?: number;
  readonly responseMessages?: number;
  readonly pod?: string;
  /** True if the headers and bodies were recorded (see `ExchangeDetails`). */
  readonly isRecorded: boolean;
  /**
   * A remark for the user: the protocols that the local client offers over TLS, or the reason why this exchange is
   * incomplete.
   */
  readonly note?: string;
}

/** The recorded request or response of an exchange. Values that may be secrets are replaced by {@link REDACTED}. */
export interface RecordedMessage {
  readonly head: readonly (readonly [name: string, value: string])[];
  /** The body in base64, after its content encoding (such as gzip) was removed. Empty until the exchange has ended. */
  readonly body: string;
  /**
   * True if `body` is not the whole body: the exchange has not ended, or the rest of the body was too long to be
   * recorded, could not be decoded, or was not sent before the end of the exchange.
   */
  readonly isTruncated: boolean;
}

export interface ExchangeDetails extends Exchange {
  readonly request: RecordedMessage;
  readonly response: RecordedMessage;
  /**
   * The query of the request, without the question mark. Unlike `queryNames`, it contains the values. Values that may
   * be secrets are replaced by {@link REDACTED}.
   */
  readonly query?: string;
}

/** The traffic of one forward, or of all forwards together, in the interval that ended at `at`. */
export interface TrafficSample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The bytes from pods to local clients (`bytesIn`) and from local clients to pods (`bytesOut`) in the interval. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The number of connections of local clients that were open at the end of the interval. */
  readonly openConnections: number;
  readonly newConnections: number;
  /**
   * The 50th and 95th percentiles of {@link Exchange.firstByteMs}. Missing if no response was logged in the interval.
   */
  readonly firstByteP50?: number;
  readonly firstByteP95?: number;
}

/**
 * The time ranges of the traffic charts. `seconds` is the length of the range, and `perSample` the time that one sample
 * covers, in seconds.
 */
export const TRAFFIC_SPANS = {
  minutes: { seconds: 300, perSample: 1 },
  hour: { seconds: 3_600, perSample: 10 },
} as const;
export type TrafficRange = keyof typeof TRAFFIC_SPANS;
export const TRAFFIC_RANGES = Object.keys(TRAFFIC_SPANS) as readonly TrafficRange[];

/**
 * Returns the maximum number of samples in the traffic chart of a time range. If there are more, the oldest are
 * dropped.
 */
export function sampleLimit(range: TrafficRange): number {
  const { seconds, perSample } = TRAFFIC_SPANS[range];
  return seconds / perSample;
}

/** The maximum number of exchanges that one process keeps. If there are more, the oldest are dropped. */
export const EXCHANGE_LIMIT = 1_000;
