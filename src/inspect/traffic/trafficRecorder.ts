import { type Disposable, toDisposable } from '../../base/disposable.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { TrafficRange, TrafficSample } from '../../kinds/exchange.ts';
import { type ForwardCounters, NO_TRAFFIC } from '../../kinds/forwardCounters.ts';
import { TrafficHistory, type TrafficStep } from './trafficHistory.ts';

export interface SampledTraffic {
  /** The id of the forward; undefined if the sample is the sum of all forwards. */
  readonly forward: string | undefined;
  readonly range: TrafficRange;
  readonly sample: TrafficSample;
}

interface Source {
  readonly counters: () => ForwardCounters;
  readonly history: TrafficHistory;
  before: ForwardCounters;
  firstByteMs: number[];
}

/**
 * The most response times to store for a forward in each second. If there are more, only the first ones are stored:
 * they are enough for accurate percentiles.
 */
const TIMES_LIMIT = 2_000;

/**
 * Samples the traffic of forwards and gateways. The creator must call {@link sample} each second, and dispose of the
 * recorder.
 */
export class TrafficRecorder implements Disposable {
  readonly #now: () => number;
  readonly #sources = new Map<string, Source>();
  readonly #all = new TrafficHistory();
  readonly #didSample = new Emitter<SampledTraffic>();

  readonly onDidSample: Event<SampledTraffic> = this.#didSample.event;

  /** @param now returns milliseconds since the epoch; optional, default `Date.now` */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Adds a forward. Each call of {@link sample} reads the counters of this forward, until the result is disposed of.
   */
  add(forward: string, counters: () => ForwardCounters): Disposable {
    this.#sources.set(forward, {
      counters,
      history: new TrafficHistory(),
      before: NO_TRAFFIC,
      firstByteMs: [],
    });
    return toDisposable(() => this.#sources.delete(forward));
  }

  /**
   * Adds the traffic of the last second to all histories, and fires `onDidSample` for each sample that this second
   * completes. A sample of the last hour covers 10 seconds. Without forwards, sampling stops, so the second completes
   * all samples.
   */
  sample(): void {
    const at = this.#now();
    const steps = [...this.#sources].map(([forward, source]) => {
      const step = nextStep(source);
      this.#publish(forward, source.history.add(at, step));
      return step;
    });
    this.#publish(undefined, this.#all.add(at, together(steps), this.#sources.size === 0));
  }

  /**
   * Adds the time from a request to the first byte of its response, in milliseconds, for the percentiles of the next
   * sample.
   */
  addFirstByte(forward: string, milliseconds: number): void {
    const times = this.#sources.get(forward)?.firstByteMs;
    if (times !== undefined && times.length < TIMES_LIMIT) times.push(milliseconds);
  }

  /** Returns the samples, oldest first. @param forward undefined for all forwards together */
  list(range: TrafficRange, forward: string | undefined): readonly TrafficSample[] {
    const history = forward === undefined ? this.#all : this.#sources.get(forward)?.history;
    return [...(history?.list(range) ?? [])];
  }

  dispose(): void {
    this.#sources.clear();
    this.#didSample.dispose();
  }

  #publish(forward: string | undefined, samples: readonly (readonly [TrafficRange, TrafficSample])[]): void {
    for (const [range, sample] of samples) this.#didSample.fire({ forward, range, sample });
  }
}

function nextStep(source: Source): TrafficStep {
  const { before, firstByteMs } = source;
  const now = source.counters();
  source.before = now;
  source.firstByteMs = [];
  // If there are fewer connections in total than before, the forward has restarted and counts from 0 again.
  const since = now.total < before.total ? NO_TRAFFIC : before;
  return {
    bytesIn: Math.max(0, now.bytesReceived - since.bytesReceived),
    bytesOut: Math.max(0, now.bytesSent - since.bytesSent),
    openConnections: now.open,
    newConnections: now.total - since.total,
    firstByteMs,
  };
}

function together(steps: readonly TrafficStep[]): TrafficStep {
  const sum = (key: Exclude<keyof TrafficStep, 'firstByteMs'>) =>
    steps.reduce((total, step) => total + step[key], 0);
  return {
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    openConnections: sum('openConnections'),
    newConnections: sum('newConnections'),
    firstByteMs: steps.flatMap(({ firstByteMs }) => firstByteMs),
  };
}
