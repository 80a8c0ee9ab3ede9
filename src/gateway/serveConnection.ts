import type { Socket } from 'node:net';
import { CodedError, isCoded, toCoded } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ConnectionServices } from './connection.ts';
import { DisconnectSignal } from './disconnectSignal.ts';
import { HeadReader, refused } from './headReader.ts';
import { serveHttp } from './http/serveHttp.ts';
import { serveSocks } from './serveSocks.ts';
import { SOCKS_VERSION } from './socks.ts';

const CR = 0x0d;
const LF = 0x0a;

/** Serves a connection with the protocol that its first byte indicates. Owns the socket. Never rejects. */
export async function serveConnection(
  socket: Socket,
  address: BoundAddress,
  services: ConnectionServices,
): Promise<void> {
  // Without an error handler, a failed socket would cause an uncaught exception. A failed socket also closes, which the
  // code below and later owners of the socket handle.
  socket.on('error', ignore);
  using disconnect = new DisconnectSignal(socket);
  const reader = new HeadReader(socket, services.clock);
  const connection = { socket, address, reader, disconnected: disconnect.signal, services };
  try {
    const first = await firstByte(reader);
    if (first === SOCKS_VERSION) await serveSocks(connection);
    else if (isLetter(first)) await serveHttp(connection);
    else throw refused('it is neither HTTP nor SOCKS 5');
  } catch (error) {
    socket.destroy();
    if (!isCoded(error, 'STOPPED')) services.onRefused(toCoded(error), undefined);
  } finally {
    reader.dispose();
  }
}

/**
 * Returns the first byte of the local client. If no byte arrives in time, throws `STOPPED`, which closes the connection
 * without a response or a notice: browsers open connections in advance and may never use them.
 */
async function firstByte(reader: HeadReader): Promise<number> {
  try {
    // Skips empty lines before a request, as RFC 9112 section 2.2 recommends.
    return await reader.read((bytes) => {
      const start = bytes.findIndex((byte) => byte !== CR && byte !== LF);
      return start === -1 ? undefined : { value: bytes[start] ?? 0, consumed: start };
    });
  } catch (error) {
    throw new CodedError('STOPPED', {}, error);
  }
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}

function ignore(): void {}
