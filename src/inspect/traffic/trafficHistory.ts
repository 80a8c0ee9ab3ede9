import { defined } from '../../base/defined.ts';
import {
  sampleLimit,
  TRAFFIC_RANGES,
  TRAFFIC_SPANS,
  type TrafficRange,
  type TrafficSample,
} from '../../kinds/exchange.ts';

/** The traffic of one second. */
export interface TrafficStep extends Omit<TrafficSample, 'at' | 'firstByteP50' | 'firstByteP95'> {
  /** The times between requests and the first bytes of their responses, in milliseconds. */
  readonly firstByteMs: readonly number[];
}

/**
 * The traffic of one forward, or of all forwards together: the last 5 minutes with one sample per second, and the last
 * hour with one sample per 10 seconds.
 */
export class TrafficHistory {
  readonly #series = {
    minutes: new Series('minutes'),
    hour: new Series('hour'),
  } satisfies Record<TrafficRange, Series>;

  /** Returns the samples, oldest first. */
  list(range: TrafficRange): readonly TrafficSample[] {
    return this.#series[range].samples;
  }

  /**
   * Adds the traffic of one second. Returns the samples that this second completes: one for the last 5 minutes, and
   * every 10 seconds also one for the last hour.
   * @param at the end of the second, in milliseconds since the epoch
   * @param isLast whether the second completes all samples, because no second follows soon; optional, default false
   */
  add(at: number, step: TrafficStep, isLast = false): readonly (readonly [TrafficRange, TrafficSample])[] {
    const completed: (readonly [TrafficRange, TrafficSample])[] = [];
    for (const range of TRAFFIC_RANGES) {
      const sample = this.#series[range].add(at, step, isLast);
      if (sample !== undefined) completed.push([range, sample]);
    }
    return completed;
  }
}

class Series {
  readonly samples: TrafficSample[] = [];
  readonly #limit: number;
  readonly #perSample: number;
  #steps: TrafficStep[] = [];

  constructor(range: TrafficRange) {
    this.#limit = sampleLimit(range);
    this.#perSample = TRAFFIC_SPANS[range].perSample;
  }

  add(at: number, step: TrafficStep, isLast: boolean): TrafficSample | undefined {
    this.#steps.push(step);
    if (this.#steps.length < this.#perSample && !isLast) return undefined;
    const sample = sampleOf(at, this.#steps);
    this.#steps = [];
    this.samples.push(sample);
    if (this.samples.length > this.#limit) this.samples.shift();
    return sample;
  }
}

function sampleOf(at: number, steps: readonly TrafficStep[]): TrafficSample {
  const sum = (key: 'bytesIn' | 'bytesOut' | 'newConnections') =>
    steps.reduce((total, step) => total + step[key], 0);
  const times = steps.flatMap(({ firstByteMs }) => firstByteMs).sort((a, b) => a - b);
  const [firstByteP50, firstByteP95] = [percentile(times, 0.5), percentile(times, 0.95)];
  return {
    at,
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    openConnections: steps.at(-1)?.openConnections ?? 0,
    newConnections: sum('newConnections'),
    ...defined({ firstByteP50, firstByteP95 }),
  };
}

/**
 * Returns a percentile by nearest rank; undefined if there are no values.
 * @param sorted the values in ascending order
 * @param share 0.95 for the 95th percentile
 */
function percentile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
