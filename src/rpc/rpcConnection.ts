import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  type Message,
  type MessageConnection,
  type RAL,
  ReadableStreamMessageReader,
  ResponseError,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { MessageGuard } from './messageGuard.ts';
import { ReadPace } from './readPace.ts';

/**
 * The maximum size of a message from a client, in bytes. The host disconnects a client that sends a larger message. The
 * largest message contains the client's environment; all other requests are small.
 */
export const CLIENT_MESSAGE_LIMIT = 1024 * 1024;
/**
 * The maximum size of a message from a host, in bytes. A client closes the connection if a message is larger. Hosts
 * send much less: for example, the rows of a view have at most 2,000,000 characters.
 */
export const HOST_MESSAGE_LIMIT = 64 * 1024 * 1024;

export interface RpcConnectionOptions {
  /** The maximum size of a message from the peer, in bytes. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /**
   * Called when the connection can no longer be used: the peer violated the protocol, sent a message that is too large,
   * or has read nothing for a minute. May be called several times.
   */
  readonly onBroken: () => void;
}

/**
 * Creates a JSON-RPC connection over a socket whose two sides have authenticated each other (see `challenge.ts`). The
 * caller must call `listen` on the connection, and must dispose of the connection and the socket.
 */
export function createRpcConnection(socket: Socket, options: RpcConnectionOptions): MessageConnection {
  const pace = new ReadPace(socket, options.clock, options.onBroken);
  const reader = new ReadableStreamMessageReader(guarded(socket, pace, options));
  // Turns off the reader's timer for partial messages. The timer reports that the rest of a message is late, and
  // repeats as long as the rest is missing. Nobody needs these reports.
  reader.partialMessageTimeout = 0;
  reader.onError(options.onBroken);
  return createMessageConnection(reader, new PacedWriter(socket, pace), undefined, {
    messageStrategy: {
      handleMessage(message, next) {
        pace.onHandled();
        // Returns the promise, although the declared return type is `void`. The library awaits the promise and handles
        // its rejection, which would otherwise be an unhandled rejection.
        return next(message);
      },
    },
  });
}

/**
 * Returns a stream that passes the chunks of the socket to the reader of messages. Also tells `pace` about each chunk.
 * If a message is too large or its header is invalid, calls `onBroken`, and passes no more chunks.
 */
function guarded(
  socket: Socket,
  pace: ReadPace,
  { maxMessageBytes, onBroken }: RpcConnectionOptions,
): RAL.ReadableStream {
  const guard = new MessageGuard(maxMessageBytes);
  const subscribe = <A extends unknown[]>(event: string, listener: (...values: A) => void): Disposable => {
    socket.on(event, listener as (...values: unknown[]) => void);
    return { dispose: () => socket.off(event, listener as (...values: unknown[]) => void) };
  };
  return {
    onData: (listener) =>
      subscribe('data', (chunk: Buffer) => {
        if (!guard.accept(chunk)) return onBroken();
        listener(chunk);
        pace.onRead();
      }),
    onClose: (listener) => subscribe('close', listener),
    onError: (listener) => subscribe('error', listener),
    onEnd: (listener) => subscribe('end', listener),
  };
}

class PacedWriter extends SocketMessageWriter {
  readonly #pace: ReadPace;

  constructor(socket: Socket, pace: ReadPace) {
    super(socket);
    this.#pace = pace;
  }

  override async write(message: Message): Promise<void> {
    this.#pace.onSending();
    try {
      await super.write(message);
    } finally {
      this.#pace.onSent();
    }
  }

  override dispose(): void {
    this.#pace.dispose();
    super.dispose();
  }
}

const CONNECTION_ERRORS: ReadonlySet<number> = new Set([
  ErrorCodes.MessageWriteError,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
]);

/**
 * Returns true if the JSON-RPC library threw the error because the connection has ended, and false for an error of the
 * request itself.
 */
export function isConnectionError(error: unknown): boolean {
  return error instanceof ResponseError && CONNECTION_ERRORS.has(error.code);
}
