import type { Socket } from 'node:net';
import {
  createMessageConnection,
  type MessageConnection,
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
