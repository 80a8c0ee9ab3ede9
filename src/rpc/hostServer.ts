import type { Server, Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { challengeClient } from './challenge.ts';
import { listenAt } from './hostSocket.ts';
import { type HostNotifications, Outbox } from './outbox.ts';
import { bindHandlers, type HostHandlers } from './requestHandlers.ts';
import { CLIENT_MESSAGE_LIMIT, createRpcConnection } from './rpcConnection.ts';

/**
 * The handlers for the requests of one client. The server creates them when the client connects, and disposes of them
 * when the client disconnects.
 */
export interface ClientService extends Disposable {
  readonly handlers: HostHandlers;
}

export interface HostServerOptions {
  /** The path of the socket or the name of the pipe. */
  readonly path: string;
  readonly secret: string;
  readonly clock: Clock;
  /** Creates the service for a new client. The server disposes of the service when the client disconnects. */
  readonly serve: (notifications: HostNotifications) => ClientService;
  /** Called with true when the first client connects, and with false when the last client has disconnected. */
  readonly onOccupied: (isOccupied: boolean) => void;
}

/**
 * Serves any number of clients over a socket. Serves a client only after it has proved that it knows the secret in the
 * host's record (the file by which clients find the host).
 */
export class HostServer {
  readonly #options: HostServerOptions;
  readonly #abort = new AbortController();
  readonly #opened = Promise.withResolvers<void>();
  readonly #clients = new Set<Disposable>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: HostServerOptions) {
    this.#options = options;
  }

  /**
   * Starts to accept clients, who wait until {@link open} is called.
   * @throws the error of the system if it cannot listen
   */
  async listen(): Promise<void> {
    this.#server = await listenAt(this.#options.path, (socket) => void this.#welcome(socket));
  }

  /** Starts to serve clients. */
  open(): void {
    this.#opened.resolve();
  }

  /** Stops accepting clients. The connections of existing clients stay open. */
  stopListening(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Stops accepting clients, and closes the connections of all clients. */
  close(): void {
    this.stopListening();
    this.#abort.abort();
    for (const client of [...this.#clients]) client.dispose();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #welcome(socket: Socket): Promise<void> {
    const { secret, clock } = this.#options;
    socket.on('error', () => {});
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    try {
      await challengeClient(socket, secret, clock, this.#abort.signal);
    } catch {
      // The challenge has already closed the socket.
      return;
    }
    await this.#opened.promise;
    if (!socket.destroyed) this.#serve(socket);
  }

  #serve(socket: Socket): void {
    const connection = createRpcConnection(socket, {
      maxMessageBytes: CLIENT_MESSAGE_LIMIT,
      clock: this.#options.clock,
      onBroken: () => client.dispose(),
    });
    const outbox = new Outbox(connection);
    const service = this.#options.serve(outbox);
    bindHandlers(connection, service.handlers);
    const client: Disposable = {
      dispose: () => {
        if (!this.#clients.delete(client)) return;
        outbox.close();
        connection.dispose();
        socket.destroy();
        service.dispose();
        if (this.#clients.size === 0) this.#options.onOccupied(false);
      },
    };
    this.#clients.add(client);
    if (this.#clients.size === 1) this.#options.onOccupied(true);
    connection.onClose(() => client.dispose());
    socket.once('close', () => client.dispose());
    connection.listen();
  }
}
