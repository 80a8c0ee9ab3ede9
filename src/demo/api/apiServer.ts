import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { KeyPairPem } from '../certificates.ts';
import type { ServerEnvironment } from '../environment.ts';
import {
  negotiate,
  refuseUpgrade,
  serveUpgrade,
  UpgradeRefusedError,
} from '../portforward/upgradeRequest.ts';
import { ApiStatusError, failure, pathNotFound } from '../status.ts';
import { ANONYMOUS, type User } from '../users.ts';
import { admit, audit, authenticateMessage, urlBelowPrefix } from './admission.ts';
import { ConnectionListener } from './connectionListener.ts';
import { type ApiResponse, statusResponse } from './response.ts';
import { route } from './router.ts';

const KEEP_ALIVE_MS = 120_000;
const ADMIN_PATH = '/demo/';

/** Answers a request whose path starts with `/demo/`. @throws ApiStatusError for an error response */
export type AdminHandler = (user: User, message: IncomingMessage, url: URL) => Promise<ApiResponse>;

/**
 * The API server of the demo cluster: an HTTPS server on the loopback address. It serves the paths of the Kubernetes
 * API, including port-forward requests, and responds like a real API server.
 */
export class ApiServer {
  readonly #environment: ServerEnvironment;
  readonly #listener: ConnectionListener;
  readonly #http: Server;
  #admin: AdminHandler | undefined;
  #port = 0;

  constructor(environment: ServerEnvironment, keyPair: KeyPairPem) {
    this.#environment = environment;
    this.#http = createServer();
    this.#http.keepAliveTimeout = KEEP_ALIVE_MS;
    this.#http.requestTimeout = 0;
    this.#http.on('request', (request, response) => void this.#answer(request, response));
    this.#http.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    this.#http.on('clientError', (_error, socket) => socket.destroy());
    const { authority, faults, activity, clock } = environment;
    this.#listener = new ConnectionListener({
      keyPair,
      certificateAuthority: authority.certificate,
      faults,
      activity,
      clock,
      onConnection: (socket) => this.#http.emit('connection', socket),
    });
  }

  get port(): number {
    return this.#port;
  }

  /**
   * Sets the handler of requests to `/demo/…`. Without a handler, the server treats these requests like requests for
   * any unknown path.
   */
  set admin(admin: AdminHandler) {
    this.#admin = admin;
  }

  async listen(port: number): Promise<void> {
    this.#port = await this.#listener.listen(port);
  }

  /** Resets all connections and stops listening. */
  async close(): Promise<void> {
    await this.#listener.close();
    this.#http.closeAllConnections();
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlBelowPrefix(message, this.#environment.prefix);
    // A `freeze` fault delays all requests except admin requests, so that an admin request can end the fault. The admin
    // request needs a connection from before the freeze, because the fault also delays the TLS handshakes of new
    // connections.
    if (url?.pathname.startsWith(ADMIN_PATH) !== true) await this.#whenThawed();
    if (response.destroyed) return;
    if (url === undefined) return send(response, statusResponse(pathNotFound()));
    let answer: ApiResponse;
    try {
      answer = await this.#handle(message, url);
    } catch (error) {
      answer = errorResponse(error);
    }
    const user = authenticateMessage(this.#environment, message)?.name ?? '';
    audit(this.#environment, message, url, user, answer.type === 'body' ? answer.status : 200);
    send(response, answer, message.method === 'HEAD');
  }

  async #handle(message: IncomingMessage, url: URL): Promise<ApiResponse> {
    const user = authenticateMessage(this.#environment, message) ?? ANONYMOUS;
    if (url.pathname.startsWith(ADMIN_PATH) && this.#admin !== undefined) {
      return this.#admin(user, message, url);
    }
    return route(this.#environment, admit(this.#environment, message, url));
  }

  async #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    if (head.length > 0) socket.unshift(head);
    await this.#whenThawed();
    await this.#delayUpgrade(socket);
    if (socket.destroyed) return;
    const url = urlBelowPrefix(message, this.#environment.prefix);
    const user = authenticateMessage(this.#environment, message)?.name ?? '';
    let status: number;
    try {
      if (url === undefined) throw new ApiStatusError(pathNotFound());
      const request = admit(this.#environment, message, url);
      const upgrade = negotiate(this.#environment, request);
      serveUpgrade(this.#environment, request, upgrade, socket, () => this.#listener.reset(socket));
      status = 101;
    } catch (error) {
      if (!(error instanceof ApiStatusError) && !(error instanceof UpgradeRefusedError)) throw error;
      // Discards further bytes from the client. If the bytes stayed unread, the socket would not emit `end` when the
      // client closes the connection, and would stay open.
      socket.resume();
      socket.on('end', () => socket.end());
      status = refuseUpgrade(socket, error);
    }
    if (url !== undefined) audit(this.#environment, message, url, user, status);
  }

  /** Waits for the delay of a `slowUpgrade` fault, or until the client closes the connection. */
  #delayUpgrade(socket: Duplex): Promise<void> {
    const { faults, clock } = this.#environment;
    if (faults.upgradeDelayMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimer(faults.upgradeDelayMs, resolve);
      socket.once('close', () => {
        timer.dispose();
        resolve();
      });
    });
  }

  #whenThawed(): Promise<void> {
    const { faults } = this.#environment;
    if (!faults.isFrozen) return Promise.resolve();
    return new Promise((resolve) => {
      const subscription = faults.onDidThaw(() => {
        subscription.dispose();
        resolve();
      });
    });
  }
}

function errorResponse(error: unknown): ApiResponse {
  if (error instanceof ApiStatusError) return statusResponse(error.status, error.headers);
  const reason = error instanceof Error ? error.message : String(error);
  return statusResponse(failure(500, 'InternalError', `Internal error occurred: ${reason}`));
}

function send(response: ServerResponse, answer: ApiResponse, isHead = false): void {
  if (response.destroyed) return;
  if (answer.type === 'stream') return answer.start(response);
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    'content-length': Buffer.byteLength(answer.body),
    'cache-control': 'no-cache, private',
    ...answer.headers,
  });
  response.end(isHead ? '' : answer.body, answer.afterwards);
}
