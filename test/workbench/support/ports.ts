import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemErrorCode } from '../../../src/base/errors.ts';
import { waitFor } from '../harness/limits.ts';

const ANSWER_LIMIT_MS = 10_000;

/** Returns a port of 127.0.0.1 that is not in use. */
export async function freePort(): Promise<number> {
  await using listener = await occupy(0);
  return listener.port;
}

/** Listens on 127.0.0.1, so that the port is in use. */
export async function occupy(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}

/** Returns whether a connection to the port of 127.0.0.1 is refused. */
export async function isRefused(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return systemErrorCode(error) === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}

/** Sends a request through a forward over a new connection, and returns the body of the response. */
export async function fetchText(port: number, path = '/'): Promise<string> {
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const outgoing = get({ host: 'localhost', port, path, agent: false, signal });
  const [response]: readonly [IncomingMessage] = (await once(outgoing, 'response')) as never;
  // If the connection is reset from now on, the request and the response both emit an error. The error of the response
  // rejects the promise of `text`. The error of the request needs a listener, because Node would throw it without one.
  outgoing.on('error', () => {});
  return text(response);
}

/** Waits until nothing listens on any of the ports. */
export async function untilRefused(...ports: readonly number[]): Promise<void> {
  await waitFor(`ports ${ports.join(', ')} to be free`, async () =>
    (await Promise.all(ports.map(isRefused))).every(Boolean),
  );
}

/** Returns the local port in a text such as `Forwarding localhost:8080` or `Use Port 8081`. */
export function portOf(text: string): number {
  const port = /(?:localhost:|Use Port )(\d+)/.exec(text)?.[1];
  assert.ok(port, text);
  return Number(port);
}
