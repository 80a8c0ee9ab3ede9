import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../../base/async.ts';
import { toDisposable } from '../../base/disposable.ts';
import type { RequestHead } from './requestHead.ts';

/** An HTTP response that the gateway itself sends, not a service. */
export interface GatewayAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType: 'text/plain' | 'text/html';
  readonly body: string;
}

/**
 * How long the gateway continues to read and discard the bytes of the local client after it has sent a response. If the
 * gateway closed the socket while the local client is still sending, the connection would be reset, and the local
 * client could lose the response.
 */
const LINGER_MS = 1_000;

/**
 * The headers of all responses of the gateway itself. They tell a browser not to store the gateway's pages, not to run
 * scripts in these pages, and not to let other pages embed them.
 */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
};

/** Returns whether the HTTP client accepts HTML, as browsers do. Other HTTP clients get plain text. */
export function wantsPage(head: RequestHead): boolean {
  return head.headers.some(([name, value]) => name === 'accept' && value.includes('text/html'));
}

/** Sends a response and closes the connection. */
export function sendAnswer(
  socket: Socket,
  { status, headers, contentType, body }: GatewayAnswer,
  clock: Clock,
): void {
  const bytes = Buffer.from(body);
  const fields = {
    'Content-Type': `${contentType}; charset=utf-8`,
    'Content-Length': String(bytes.length),
    ...HEADERS,
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
  endGently(socket, Buffer.concat([Buffer.from(head), bytes]), clock);
}

/**
 * Sends the last bytes, and waits until the local client has closed its side of the connection, so that the local
 * client has time to read the bytes. Closes the socket at the latest after {@link LINGER_MS}.
 */
export function endGently(socket: Socket, bytes: Buffer, clock: Clock): void {
  const timer = clock.setTimer(LINGER_MS, () => socket.destroy());
  const { dispose } = toDisposable(() => timer.dispose());
  socket.once('close', dispose);
  socket.end(bytes);
  socket.resume();
  socket.once('end', () => socket.destroySoon());
}

/** Escapes the characters that have a meaning in HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
