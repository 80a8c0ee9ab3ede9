import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import { RequestLog } from './requestLog.ts';
import { TrafficRecorder } from './traffic/trafficRecorder.ts';

const SAMPLE_MS = 1_000;

/**
 * Observes the traffic of one process. Logs the requests of connections whose request log is on. Each second, samples
 * the counters of the forwards and gateways that were added with {@link sample}. The creator must dispose of the
 * object.
 */
export class Inspection implements Disposable {
  readonly requestLog: RequestLog;
  readonly traffic = new TrafficRecorder();
  readonly #clock: Clock;
  readonly #owned = new DisposableStore();
  #sampled = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.requestLog = this.#owned.add(new RequestLog({ clock }));
    this.#owned.add(this.traffic);
    this.requestLog.exchanges.onDidChange(({ exchange, change }) => {
      if (change === 'firstByte') this.traffic.addFirstByte(exchange.forward, exchange.firstByteMs ?? 0);
    });
  }

  /**
   * Samples the traffic of a forward or gateway each second, until the result is disposed of.
   * @param id the id of the forward or gateway, as in `Exchange.forward`
   * @param counters returns the current counters of the forward or gateway
   */
  sample(id: string, counters: () => ForwardCounters): Disposable {
    const source = this.traffic.add(id, counters);
    this.#sampled++;
    this.#timer ??= this.#schedule();
    return toDisposable(() => {
      source.dispose();
      this.#sampled--;
      if (this.#sampled > 0 || this.#timer === undefined) return;
      // The charts end with a sample without connections. Otherwise the last values would look like the current ones.
      this.traffic.sample();
      this.#stop();
    });
  }

  dispose(): void {
    this.#stop();
    this.#owned.dispose();
  }

  #schedule(): Disposable {
    return this.#clock.setTimer(SAMPLE_MS, () => {
      this.traffic.sample();
      this.#timer = this.#schedule();
    });
  }

  #stop(): void {
    this.#timer?.dispose();
    this.#timer = undefined;
  }
}
