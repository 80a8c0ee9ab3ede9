import type { TrafficPoint } from '../../panel/messages.ts';
import type { TrafficRange, TrafficSample } from '../../rpc/exchanges.ts';

/** Seconds from one sample to the next. */
const STEPS: Readonly<Record<TrafficRange, number>> = { minutes: 1, hour: 10 };

/** A sample as a point of the charts: rates for a second, times in seconds. */
export function toTrafficPoint(sample: TrafficSample, range: TrafficRange): TrafficPoint {
  const { at, bytesIn, bytesOut, openConnections, newConnections, firstByteP50, firstByteP95 } = sample;
  const seconds = STEPS[range];
  return {
    at: at / 1000,
    received: bytesIn / seconds,
    sent: bytesOut / seconds,
    open: openConnections,
    opened: newConnections / seconds,
    p50: firstByteP50 ?? null,
    p95: firstByteP95 ?? null,
  };
}
