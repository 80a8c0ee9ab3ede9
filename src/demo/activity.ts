import { onAbort } from '../base/async.ts';
import { Emitter } from '../base/event.ts';
import type { TransportName } from './faults.ts';

/** One request in the audit log, with its result. Contains no credentials. */
export interface AuditEntry {
  /** The time of the response, in RFC 3339 format. */
  readonly time: string;
  readonly user: string;
  readonly userAgent: string;
  readonly method: string;
  /** The path and query, without the path prefix of the server. */
  readonly path: string;
  readonly verb: string;
  /** The resource with its subresource, such as `pods/portforward`. Empty if the path names no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: number;
}

/**
 * How many tunnels, streams, watches, connections to the API server and connections into pods are open now. Also how
 * many tunnels and connections into pods were opened since the start of the cluster.
 */
export interface Activity {
  readonly openConnections: number;
  readonly openTunnels: number;
  readonly openStreams: number;
  readonly openPodConnections: number;
  readonly openWatches: number;
  readonly openedTunnels: Readonly<Record<TransportName, number>>;
  /** The number of connections into pods that were opened since the start of the cluster. */
  readonly openedPodConnections: number;
}

type Gauge = 'openConnections' | 'openTunnels' | 'openStreams' | 'openPodConnections' | 'openWatches';

const AUDIT_LIMIT = 10_000;

/**
 * Counts connections, tunnels, streams and watches. Also records the latest requests. Tests and the admin endpoint read
 * the results.
 */
export class ActivityLog {
  readonly #gauges: Record<Gauge, number> = {
    openConnections: 0,
    openTunnels: 0,
    openStreams: 0,
    openPodConnections: 0,
    openWatches: 0,
  };
  readonly #openedTunnels: Record<TransportName, number> = { spdy: 0, websocket: 0, channel: 0 };
  readonly #didChange = new Emitter<Activity>();
  #audit: AuditEntry[] = [];
  #openedPodConnections = 0;

  readonly onDidChange = this.#didChange.event;

  get current(): Activity {
    return {
      ...this.#gauges,
      openedTunnels: { ...this.#openedTunnels },
      openedPodConnections: this.#openedPodConnections,
    };
  }

  /** The latest requests, oldest first. If the log exceeds 10,000 requests, the older half is dropped. */
  get audit(): readonly AuditEntry[] {
    return this.#audit;
  }

  /**
   * Waits until `condition` returns true. Calls `condition` at once, and after each change of the counters or of the
   * audit log. Rejects with the reason of `signal` if the signal is aborted first.
   */
  until(condition: (activity: Activity) => boolean, signal: AbortSignal): Promise<Activity> {
    return new Promise((resolve, reject) => {
      const check = (activity: Activity): boolean => {
        if (!condition(activity)) return false;
        subscription.dispose();
        aborted.dispose();
        resolve(activity);
        return true;
      };
      const subscription = this.#didChange.event(check);
      const aborted = onAbort(signal, () => {
        subscription.dispose();
        reject(signal.reason);
      });
      check(this.current);
    });
  }

  record(entry: AuditEntry): void {
    this.#audit.push(entry);
    if (this.#audit.length > AUDIT_LIMIT) this.#audit = this.#audit.slice(AUDIT_LIMIT / 2);
    this.#fire();
  }

  /**
   * Increments a gauge when a connection, tunnel, stream or watch has been opened. The caller must call the returned
   * function when that connection, tunnel, stream or watch closes, to decrement the gauge.
   */
  open(gauge: Gauge): () => void {
    if (gauge === 'openPodConnections') this.#openedPodConnections++;
    this.#gauges[gauge]++;
    this.#fire();
    let isClosed = false;
    return () => {
      if (isClosed) return;
      isClosed = true;
      this.#gauges[gauge]--;
      this.#fire();
    };
  }

  countTunnel(transport: TransportName): void {
    this.#openedTunnels[transport]++;
    this.#fire();
  }

  dispose(): void {
    this.#didChange.dispose();
  }

  #fire(): void {
    if (this.#didChange.hasListeners) this.#didChange.fire(this.current);
  }
}
