import type { ForwardCounters } from '../../src/kinds/forwardCounters.ts';

/** The counters of a forward without connections, for tests to spread. A new counter is added here only. */
export const NO_TRAFFIC: ForwardCounters = { open: 0, total: 0, failed: 0, bytesSent: 0, bytesReceived: 0 };
