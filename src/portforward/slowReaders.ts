/** What may wait for one slow client while others share its tunnel, and for all of a forward's together. */
const CLIENT_LIMIT_BYTES = 1024 * 1024;
const FORWARD_LIMIT_BYTES = 32 * 1024 * 1024;

/** The connections of one forward whose clients read slowly: bytes wait for them, so that the tunnels they share move on. */
export class SlowReaders {
  readonly #waitingBytes = new Map<object, number>();

  /** Whether more may wait for a connection's client, for which so many bytes wait already. */
  mayHoldMore(connection: object, waitingBytes: number): boolean {
    this.#waitingBytes.set(connection, waitingBytes);
    if (waitingBytes >= CLIENT_LIMIT_BYTES) return false;
    let total = 0;
    for (const bytes of this.#waitingBytes.values()) total += bytes;
    return total < FORWARD_LIMIT_BYTES;
  }

  /** The connection's client has read all, or the connection has ended. */
  forget(connection: object): void {
    this.#waitingBytes.delete(connection);
  }
}
