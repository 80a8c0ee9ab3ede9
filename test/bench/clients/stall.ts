import net from 'node:net';
import { CLIENT_LIMIT_MS, getRequest } from './exchange.ts';

/**
 * Requests `bytes` bytes and reads nothing, like a client that is paused in a debugger. Resolves when the response has
 * started. Disposing of the result resets the connection.
 */
export async function stallDownload(port: number, bytes: number): Promise<Disposable> {
  const socket = net.connect({ host: '127.0.0.1', port });
  const limit = setTimeout(() => socket.destroy(new Error('no answer')), CLIENT_LIMIT_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
      socket.once('readable', resolve);
      socket.write(getRequest(`/bytes?n=${bytes}`));
    });
  } finally {
    clearTimeout(limit);
  }
  socket.on('error', () => {});
  return { [Symbol.dispose]: () => void socket.resetAndDestroy() };
}
