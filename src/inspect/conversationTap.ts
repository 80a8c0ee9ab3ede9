import type { Clock } from '../base/async.ts';
import type { ByteCount } from '../kinds/forwardCounters.ts';
import { type Conversation, TapFault } from './conversation.ts';
import { firstConversation } from './firstBytes.ts';
import type { BeginExchange, OpenExchange } from './openExchange.ts';

const NOT_FOLLOWED = 'logging stopped: internal error';

export interface TapOptions {
  readonly connection: {
    /** Counters of the connection's bytes, updated before the tap sees the bytes. */
    readonly traffic: ByteCount;
  };
  readonly clock: Clock;
  readonly begin: BeginExchange;
  /**
   * Called when the bytes of the connection can no longer be parsed. The caller then removes the tap from the
   * connection.
   */
  readonly onDetach: () => void;
}

/**
 * Parses the bytes of one connection for the request log, without changing them. If parsing fails, the tap stops, and
 * the exchanges in progress end with the reason as a note. The connection itself continues.
 */
export class ConversationTap {
  readonly #clock: Clock;
  readonly #onDetach: () => void;
  readonly #begin: BeginExchange;
  readonly #conversation: Conversation;
  #hasEnded = false;
  #latest: OpenExchange | undefined;

  constructor({ connection, clock, begin, onDetach }: TapOptions) {
    this.#clock = clock;
    this.#onDetach = onDetach;
    this.#begin = (start) => {
      this.#latest = begin(start);
      return this.#latest;
    };
    this.#conversation = firstConversation({ traffic: connection.traffic, begin: this.#begin });
  }

  fromClient(chunk: Buffer): void {
    if (this.#hasEnded) return;
    try {
      this.#conversation.fromClient(chunk, this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  fromPod(chunk: Buffer): void {
    if (this.#hasEnded) return;
    try {
      this.#conversation.fromPod(chunk, this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  podEnded(): void {
    if (this.#hasEnded) return;
    try {
      this.#conversation.podEnded(this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  /**
   * Stops parsing, and ends the exchanges in progress.
   * @param reason the note of incomplete exchanges, which says why they are incomplete
   */
  end(reason: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    try {
      this.#conversation.end(this.#clock.now(), reason);
    } catch {
      // Ignores the error: a parser that has failed before may fail again here.
    }
  }

  #addRow(note: string): void {
    const startMs = this.#clock.now();
    try {
      this.#begin({ protocol: this.#latest?.row.protocol ?? 'tcp', startMs, note }).finish(startMs);
    } catch {
      // Ignores the error: a subscriber of the log may have thrown an error before, and may throw again when this row
      // is added.
    }
  }

  #detach(error: unknown): void {
    const reason = error instanceof TapFault ? error.message : NOT_FOLLOWED;
    // If the latest exchange is in progress, its note shows the reason. If not, adds a row with the reason. Without
    // this row, nothing would explain why later requests are missing in the log.
    const isUnsaid = this.#latest?.isOpen !== true;
    this.#onDetach();
    this.end(reason);
    if (isUnsaid) this.#addRow(reason);
  }
}
