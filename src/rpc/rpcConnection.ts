import type { Socket } from 'node:net';
import {
  createMessageConnection,
  ErrorCodes,
  type MessageConnection,
  ResponseError,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-jsonrpc/node';

/**
 * JSON-RPC over a socket that has passed the challenge. The caller makes the connection listen, and disposes of it and of
 * the socket.
 * @param onBroken the other side broke the protocol: nothing that follows can be understood
 */
export function createRpcConnection(socket: Socket, onBroken: () => void): MessageConnection {
  const reader = new SocketMessageReader(socket);
  // The reader's timer for messages of which a part has come would go on for ever where the rest never does.
  reader.partialMessageTimeout = 0;
  reader.onError(onBroken);
  return createMessageConnection(reader, new SocketMessageWriter(socket));
}

const CONNECTION_ERRORS: ReadonlySet<number> = new Set([
  ErrorCodes.MessageWriteError,
  ErrorCodes.PendingResponseRejected,
  ErrorCodes.ConnectionInactive,
]);

/** Whether the library itself made the error, because the connection has ended or takes nothing any more. */
export function isConnectionError(error: unknown): boolean {
  return error instanceof ResponseError && CONNECTION_ERRORS.has(error.code);
}
