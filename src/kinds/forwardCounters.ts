// CONTRIBUTING.md says how to add a counter.

/**
 * The numbers of a forward since its start: of the connections of local clients, and of the bytes in these connections.
 */
export interface ForwardCounters {
  readonly open: number;
  readonly total: number;
  readonly failed: number;
  /** The payload bytes that local clients have sent and received. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The payload bytes that one connection, or several connections together, have carried in each direction. */
export type ByteCount = Pick<ForwardCounters, 'bytesSent' | 'bytesReceived'>;

/** The counters of a forward that has had no connections. */
export const NO_TRAFFIC: ForwardCounters = { open: 0, total: 0, failed: 0, bytesSent: 0, bytesReceived: 0 };

export function addCounters(left: ForwardCounters, right: ForwardCounters): ForwardCounters {
  const sum: { -readonly [Name in keyof ForwardCounters]: number } = { ...left };
  for (const name of Object.keys(NO_TRAFFIC) as (keyof ForwardCounters)[]) sum[name] += right[name];
  return sum;
}
