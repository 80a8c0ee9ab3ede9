import { CodedError } from '../base/errors.ts';

/**
 * Counts and limits the connections that have no peer yet: their local clients have not named a destination, no pod is
 * available, or the gateway still connects to a server outside the cluster. Without a limit, waiting connections could
 * use all file descriptors.
 */
export class UndecidedConnections {
  readonly #limit: number;
  readonly #onFull: (error: CodedError) => void;
  #count = 0;
  #isReported = false;

  /**
   * @param onFull called for the first of several refused connections. Called again only after the number of waiting
   *   connections has fallen to half of the limit, so that a burst of connections does not fill the log
   */
  constructor(limit: number, onFull: (error: CodedError) => void) {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  /** Counts a new connection, until {@link leave}. Returns false if the caller must refuse the connection. */
  enter(): boolean {
    if (this.#count < this.#limit) {
      this.#count++;
      return true;
    }
    if (!this.#isReported) {
      this.#isReported = true;
      this.#onFull(new CodedError('TOO_MANY_WAITING', { limit: this.#limit }));
    }
    return false;
  }

  /** Ends the count of a connection: its pod was chosen, its server was reached, or the connection has ended. */
  leave(): void {
    this.#count--;
    if (this.#count <= this.#limit / 2) this.#isReported = false;
  }
}
