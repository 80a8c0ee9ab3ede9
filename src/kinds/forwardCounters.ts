/**
 * The connections of a forward so far. A new counter is one line here, its value in `ConnectionCounts`, and its places in the
 * views.
 */
export interface ForwardCounters {
  readonly open: number;
  readonly total: number;
  readonly failed: number;
  /** Bytes of payload, as the local client sees them. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}
