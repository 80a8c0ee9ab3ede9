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

/** The counters of a forward without connections. */
export const NO_TRAFFIC: ForwardCounters = { open: 0, total: 0, failed: 0, bytesSent: 0, bytesReceived: 0 };

export function addCounters(left: ForwardCounters, right: ForwardCounters): ForwardCounters {
  const sum: { -readonly [Name in keyof ForwardCounters]: number } = { ...left };
  for (const name of Object.keys(NO_TRAFFIC) as (keyof ForwardCounters)[]) sum[name] += right[name];
  return sum;
}
