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

/** A client sends its environment and small requests. */
export const CLIENT_MESSAGE_LIMIT = 1024 * 1024;
/** A host sends views of 10,000 pods and more. */
export const HOST_MESSAGE_LIMIT = 64 * 1024 * 1024;

export interface RpcConnectionOptions {
  /** The largest message that the peer may send. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  /**
   * Called at least once when the connection is useless: the peer broke the protocol, sent too much, or has read nothing for a
   * minute.
   */
  readonly onBroken: () => void;
}

/**
 * JSON-RPC over a socket that has passed the challenge. The caller makes the connection listen, and disposes of it and of
 * the socket.
 */
export function createRpcConnection(socket: Socket, options: RpcConnectionOptions): MessageConnection {
  const pace = new ReadPace(socket, options.clock, options.onBroken);
  const reader = new ReadableStreamMessageReader(guarded(socket, pace, options));
  // The reader's timer for partial messages would run forever if the rest never arrives.
  reader.partialMessageTimeout = 0;
  reader.onError(options.onBroken);
  return createMessageConnection(reader, new PacedWriter(socket, pace), undefined, {
    messageStrategy: {
      handleMessage(message, next) {
        pace.onHandled();
        // Despite its type, the library awaits this result, which may reject.
        return next(message);
      },
    },
  });
}

/** Wraps the socket for the reader. Stops at the first chunk that exceeds the limits. */
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

/** Returns true if the error comes from the library because the connection has ended. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof ResponseError && CONNECTION_ERRORS.has(error.code);
}
