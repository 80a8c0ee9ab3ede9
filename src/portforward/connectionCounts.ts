import type { ByteCount, ForwardCounters } from '../kinds/forwardCounters.ts';

/**
 * The number of bytes that a connection has carried so far: `bytesSent` to the pod, `bytesReceived` from the pod. The
 * pump (`pump.ts`) increases the numbers.
 */
export type Traffic = { -readonly [Name in keyof ByteCount]: number };

/**
 * Counts open, ended and failed connections and their bytes. A session passes the same object to each call of
 * `forwardPod`, so that the numbers continue after a reconnection.
 */
export class ConnectionCounts {
  readonly #live = new Set<Traffic>();
  #ended: Traffic = { bytesSent: 0, bytesReceived: 0 };
  #total = 0;
  #failed = 0;

  get counters(): ForwardCounters {
    let { bytesSent, bytesReceived } = this.#ended;
    for (const traffic of this.#live) {
      bytesSent += traffic.bytesSent;
      bytesReceived += traffic.bytesReceived;
    }
    return { open: this.#live.size, total: this.#total, failed: this.#failed, bytesSent, bytesReceived };
  }

  /**
   * Counts a new connection. Returns its number, starting at 1, and the object in which the caller counts the bytes
   * until it calls {@link end}.
   */
  begin(): { readonly connection: number; readonly traffic: Traffic } {
    const traffic: Traffic = { bytesSent: 0, bytesReceived: 0 };
    this.#live.add(traffic);
    return { connection: ++this.#total, traffic };
  }

  /** Counts a connection that failed before it carried anything. Returns its number and its byte counts, both 0. */
  fail(): ReturnType<ConnectionCounts['begin']> {
    const begun = this.begin();
    this.end(begun.traffic, true);
    return begun;
  }

  end(traffic: Traffic, isFailure: boolean): void {
    if (!this.#live.delete(traffic)) return;
    this.#ended.bytesSent += traffic.bytesSent;
    this.#ended.bytesReceived += traffic.bytesReceived;
    if (isFailure) this.#failed++;
  }
}
