import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { sampleLimit, TRAFFIC_SPANS } from '../../kinds/exchange.ts';
import type { TrafficPoint } from '../../panel/messages.ts';
import {
  type TrafficRange,
  type TrafficSample,
  trafficSampled,
  unwatchTraffic,
  watchTraffic,
} from '../../rpc/exchanges.ts';
import type { HostConnector } from '../host/hostConnector.ts';

/**
 * The traffic of all forwards over time, as the forward host samples it. Asks the host for samples only while a VS Code
 * view shows the traffic.
 */
export class TrafficModel implements Disposable {
  readonly #host: HostConnector;
  readonly #owned = new DisposableStore();
  readonly #sampled = this.#owned.add(new Emitter<TrafficSample>());
  readonly #reset = this.#owned.add(new Emitter<void>());
  #samples: readonly TrafficSample[] = [];
  #range: TrafficRange = 'minutes';
  #isWatching = false;

  readonly onDidSample = this.#sampled.event;
  /** Fires when all samples have changed at once: the range has changed, or a host was connected or lost. */
  readonly onDidReset = this.#reset.event;

  constructor(host: HostConnector) {
    this.#host = host;
    this.#owned.add(
      host.onNotification(trafficSampled, ({ range, sample }) => {
        if (this.#isWatching && range === this.#range) this.#add(sample);
      }),
    );
    this.#owned.add(host.onDidConnect(() => this.#subscribe()));
    this.#owned.add(host.onDidLose(() => this.#show([])));
  }

  /** The samples of the current range, oldest first. */
  get samples(): readonly TrafficSample[] {
    return this.#samples;
  }

  get range(): TrafficRange {
    return this.#range;
  }

  setRange(range: TrafficRange): void {
    if (this.#range === range) return;
    this.#range = range;
    this.#show([]);
    this.#subscribe();
  }

  /**
   * Starts or stops watching the traffic. While the window watches it, the forward host sends a sample for each
   * interval.
   */
  setWatching(isWatching: boolean): void {
    if (this.#isWatching === isWatching) return;
    this.#isWatching = isWatching;
    if (isWatching) this.#subscribe();
    else if (this.#host.isConnected) this.#host.request(unwatchTraffic).catch(() => {});
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #subscribe(): void {
    if (!this.#isWatching || !this.#host.isConnected) return;
    const range = this.#range;
    this.#host.request(watchTraffic, { range }).then(
      (samples) => {
        if (this.#isWatching && range === this.#range) this.#show(samples);
      },
      // If the request fails, the window repeats it when it connects to a host again.
      () => {},
    );
  }

  #add(sample: TrafficSample): void {
    this.#samples = [...this.#samples, sample].slice(-sampleLimit(this.#range));
    this.#sampled.fire(sample);
  }

  #show(samples: readonly TrafficSample[]): void {
    this.#samples = samples;
    this.#reset.fire();
  }
}

/** Converts a sample to a point of the charts: rates per second, and the time in seconds since the epoch. */
export function toTrafficPoint(sample: TrafficSample, range: TrafficRange): TrafficPoint {
  const { at, bytesIn, bytesOut, openConnections, newConnections, firstByteP50, firstByteP95 } = sample;
  const seconds = TRAFFIC_SPANS[range].perSample;
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
