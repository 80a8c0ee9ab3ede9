import type { Clock } from '../base/async.ts';
import { type Conversation, TapFault } from './conversation.ts';
import { firstConversation } from './firstBytes.ts';
import type { BeginExchange, OpenExchange } from './openExchange.ts';

const NOT_FOLLOWED = 'not followed further: the log has failed';

export interface TapOptions {
  readonly connection: {
    /** Counts the bytes of the connection before the tap sees them. */
    readonly traffic: { readonly bytesSent: number; readonly bytesReceived: number };
  };
  readonly clock: Clock;
  readonly begin: BeginExchange;
  /** The connection cannot be followed any more. */
  readonly onDetach: () => void;
}

/**
 * Follows one connection from the side. Whatever goes wrong in it detaches it and ends its rows with a reason; nothing of it reaches the
 * connection.
 */
export class ConnectionTap {
  readonly #clock: Clock;
  readonly #onDetach: () => void;
  readonly #begin: BeginExchange;
  readonly #conversation: Conversation;
  #isOver = false;
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
    if (this.#isOver) return;
    try {
      this.#conversation.fromClient(chunk, this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  fromPod(chunk: Buffer): void {
    if (this.#isOver) return;
    try {
      this.#conversation.fromPod(chunk, this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  podEnded(): void {
    if (this.#isOver) return;
    try {
      this.#conversation.podEnded(this.#clock.now());
    } catch (error) {
      this.#detach(error);
    }
  }

  /** Ends the rows that are open. @param reason why they have no proper end */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#conversation.end(this.#clock.now(), reason);
    } catch {
      // What is broken has nothing more to say.
    }
  }

  #tell(note: string): void {
    const startMs = this.#clock.now();
    try {
      this.#begin({ protocol: this.#latest?.row.protocol ?? 'tcp', startMs, note }).finish(startMs);
    } catch {
      // Whoever listens to the rows may be what is broken.
    }
  }

  #detach(error: unknown): void {
    const reason = error instanceof TapFault ? error.message : NOT_FOLLOWED;
    // Somebody has to say why the next requests are missing.
    const isUnsaid = this.#latest?.isOpen !== true;
    this.#onDetach();
    this.end(reason);
    if (isUnsaid) this.#tell(reason);
  }
}
