import net from 'node:net';
import { CLIENT_LIMIT_MS } from './exchange.ts';

const QUESTION = Buffer.alloc(64 * 1024, 'echo ');

/** Sends data and then a FIN to an echo server. Returns whether the client still receives the complete echo. */
export async function isAnsweredAfterFin(port: number): Promise<boolean> {
  const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
  });
  socket.on('error', () => {});
  socket.setTimeout(CLIENT_LIMIT_MS, () => socket.destroy());
  socket.end(QUESTION);
  await new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()));
  socket.destroy();
  return received === QUESTION.length;
}
