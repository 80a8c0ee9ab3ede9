import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TestServer extends AsyncDisposable {
  readonly url: URL;
  /** The number of accepted TCP connections. */
  readonly connections: () => number;
  readonly http: http.Server;
}

/** Starts an HTTP server on loopback. A test disposes of it with `await using`, which also closes the connections. */
export async function startHttpServer(listener: http.RequestListener): Promise<TestServer> {
  let connections = 0;
  const server = http.createServer(listener).on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    connections: () => connections,
    http: server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends a response with a JSON body. */
export function answerJson(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
