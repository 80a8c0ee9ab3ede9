import type { Socket } from 'node:net';
import type tls from 'node:tls';
import { join, TestTcpServer } from './tcpServer.ts';

/**
 * Starts an HTTP proxy for CONNECT. The proxy connects to the requested port on loopback, whatever host is requested.
 * @param answer called first; if it returns false, the proxy does not connect, because `answer` has responded; optional
 * @param secure the TLS options of the proxy; optional, default: no TLS
 */
export function startHttpProxy(
  answer: (head: string, client: Socket) => boolean = () => true,
  secure?: tls.TlsOptions,
): Promise<TestTcpServer> {
  return TestTcpServer.answering((head, client) => {
    if (answer(head, client)) connectThrough(client, head);
  }, secure);
}

/** Accepts a CONNECT request, and connects the client to the requested port. */
function connectThrough(client: Socket, head: string): void {
  const port = Number(/^CONNECT \S+:(\d+) HTTP/.exec(head)?.[1]);
  join(client, { port, host: '127.0.0.1' }, () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
  });
}
