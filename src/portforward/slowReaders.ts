/**
 * How many bytes may be buffered for one slow local client in a shared tunnel (first limit), and for all slow clients
 * of a forward together (second limit). When a limit is reached, the pump stops reading from the pod, and the tunnel of
 * the slow client is blocked.
 */
const CLIENT_LIMIT_BYTES = 1024 * 1024;
const FORWARD_LIMIT_BYTES = 32 * 1024 * 1024;

/**
 * Tracks the connections of one forward whose local clients read slowly. The pump buffers bytes for these clients, so
 * that shared tunnels keep moving.
 */
export class SlowReaders {
  readonly #waitingBytes = new Map<object, number>();

  /**
   * Records how many bytes are buffered for a connection. Returns whether the pump may buffer more. If the result is
   * false, the pump must stop reading from the pod.
   * @param waitingBytes the number of bytes that are already buffered
   */
  mayHoldMore(connection: object, waitingBytes: number): boolean {
    this.#waitingBytes.set(connection, waitingBytes);
    if (waitingBytes >= CLIENT_LIMIT_BYTES) return false;
    let total = 0;
    for (const bytes of this.#waitingBytes.values()) total += bytes;
    return total < FORWARD_LIMIT_BYTES;
  }

  /** Removes a connection whose local client has read everything, or that has ended. */
  forget(connection: object): void {
    this.#waitingBytes.delete(connection);
  }
}
