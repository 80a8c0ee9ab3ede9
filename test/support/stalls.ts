import type { Socket } from 'node:net';
import { connectTo, readUntil } from './tcpClient.ts';

const MORE_THAN_ALL_BUFFERS = 1_000_000_000;

/** Starts a client that requests a large response, reads the start of the response, and then reads no more. */
export async function startStalledDownload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  // Ignores errors, because the connection may be reset while the client waits. The socket then emits `close` too.
  socket.on('error', () => {});
  socket.write(`GET /bytes?n=${MORE_THAN_ALL_BUFFERS} HTTP/1.1\r\nHost: pod\r\n\r\n`);
  await readUntil(socket, '\r\n\r\n');
  socket.pause();
  return socket;
}

/** Starts a client that sends bytes to a pod that does not read. Resolves when all buffers between them are full. */
export async function startStalledUpload(port: number): Promise<Socket> {
  const socket = await connectTo(port);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  while (socket.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
  return socket;
}
