import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Pod } from '../objects/types.ts';
import type { Program } from './programs.ts';
import { renderPage } from './webPage.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
const REPEATS_PER_CHUNK = 2520;
const CHUNK = Buffer.from(ALPHABET.repeat(REPEATS_PER_CHUNK));
const MAX_BYTES = 64 * 1024 ** 3;
const KEEP_ALIVE_MS = 600_000;

/**
 * Creates a web server. `/` is a page, and `/api/…` returns JSON. `GET /bytes?n=N` returns N bytes of the repeated
 * alphabet. `PUT /upload` returns the number and the SHA-256 hash of the received bytes. `/status/CODE` responds with
 * this status.
 */
export function createWebProgram(): Program {
  const pods = new WeakMap<object, PodPort>();
  const server = createServer((request, response) => {
    const at = pods.get(request.socket);
    if (at !== undefined) handle(at, request, response);
    else response.destroy();
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  server.timeout = 0;
  return {
    accept(connection, pod, port) {
      pods.set(connection, { pod, port });
      acceptConnection(server, connection);
    },
    dispose() {
      server.close();
    },
  };
}

interface PodPort {
  readonly pod: Pod;
  readonly port: number;
}

function acceptConnection(server: Server, connection: Duplex): void {
  server.emit('connection', connection);
}

function handle(at: PodPort, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://pod');
  switch (url.pathname) {
    case '/':
      return send(response, 200, 'text/html; charset=utf-8', renderPage(at.pod, at.port));
    case '/healthz':
      return send(response, 200, 'text/plain', 'ok\n');
    case '/api/pod':
      return sendJson(response, describe(at));
    case '/api/time':
      return sendJson(response, { time: new Date().toISOString() });
    case '/api/headers':
      return sendJson(response, request.headers);
    case '/bytes':
      return sendBytes(response, Number(url.searchParams.get('n')));
    case '/upload':
      return receiveBytes(request, response);
    default: {
      const status = Number(/^\/status\/([2-5]\d\d)$/.exec(url.pathname)?.[1] ?? 404);
      return send(
        response,
        status,
        'text/plain',
        status === 404 ? `nothing at ${url.pathname}\n` : `${status}\n`,
      );
    }
  }
}

function describe({ pod, port }: PodPort): unknown {
  const { name, namespace, labels } = pod.metadata;
  return { pod: name, namespace, port, podIP: pod.status.podIP, node: pod.spec.nodeName, labels };
}

function sendJson(response: ServerResponse, body: unknown): void {
  send(response, 200, 'application/json', `${JSON.stringify(body)}\n`);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Sends `total` bytes by repeating one chunk, as fast as the client reads. */
function sendBytes(response: ServerResponse, total: number): void {
  if (!Number.isSafeInteger(total) || total < 0 || total > MAX_BYTES) {
    return send(response, 400, 'text/plain', 'n must be a number of bytes\n');
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': total });
  let left = total;
  const writeMore = (): void => {
    while (left > CHUNK.length) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) return;
    }
    response.off('drain', writeMore);
    response.end(CHUNK.subarray(0, left));
  };
  response.on('drain', writeMore);
  writeMore();
}

function receiveBytes(request: IncomingMessage, response: ServerResponse): void {
  const hash = createHash('sha256');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  request.on('end', () => sendJson(response, { bytes, sha256: hash.digest('hex') }));
}
