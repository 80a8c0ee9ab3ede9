import type { Socket } from 'node:net';
import type { MessageConnection, NotificationMessage } from 'vscode-jsonrpc';
import { type Clock, systemClock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { HandOverResult, InitializeResult } from './contract.ts';
import type { NotificationType, RequestType, RequestType0 } from './messages.ts';
import { createRpcConnection, HOST_MESSAGE_LIMIT, isConnectionError } from './rpcConnection.ts';

/**
 * An older host that the client has replaced: its version, and the forwards and gateways that the client has to start
 * again. The older host hands over only forwards and gateways that were started in the client's environment.
 */
export type ReplacedHost = HandOverResult & { readonly version: string };

/**
 * An open, initialized connection to a forward host. Disposing of the client closes the connection, but does not end
 * the host.
 */
export interface HostClient extends Omit<HostConnection, 'isOpen'> {
  readonly host: InitializeResult;
  /**
   * The older host that was replaced before this client connected, if any. The client starts the forwards of the older
   * host again, and tells the user about the replacement.
   */
  readonly replaced: ReplacedHost | undefined;
}

/**
 * The maximum number of notifications that are stored until a callback for them is added. A small number is enough,
 * because clients add their callbacks as soon as they are connected. Further notifications are dropped, so that they do
 * not fill the memory if no callback is ever added.
 */
const MAX_EARLY = 100;

/** A JSON-RPC connection to a host, over a socket on which {@link challengeHost} has succeeded. */
export class HostConnection implements Disposable {
  readonly #socket: Socket;
  readonly #connection: MessageConnection;
  readonly #didClose = new Emitter<void>();
  /**
   * Notifications that arrived before a callback for their method was added. The callback receives them when it is
   * added.
   */
  readonly #early: NotificationMessage[] = [];
  #isClosed = false;

  /** Fires once if the host closes the connection or dies. Does not fire after {@link dispose}. */
  readonly onDidClose: Event<void> = this.#didClose.event;

  constructor(socket: Socket, clock: Clock = systemClock) {
    this.#socket = socket;
    this.#connection = createRpcConnection(socket, {
      maxMessageBytes: HOST_MESSAGE_LIMIT,
      clock,
      onBroken: () => socket.destroy(),
    });
    socket.on('error', () => {});
    socket.once('close', () => this.#close());
    this.#connection.onUnhandledNotification((message) => {
      if (this.#early.length < MAX_EARLY) this.#early.push(message);
    });
    this.#connection.listen();
  }

  /** True until the connection has ended or is disposed of. */
  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /**
   * Sends a request and waits for its answer. Rejects with a `ResponseError` whose `data` is an `ErrorInfo`, or with
   * `HOST_LOST` if the connection ends first.
   */
  request<R>(type: RequestType0<R>): Promise<R>;
  request<P, R>(type: RequestType<P, R>, parameters: P): Promise<R>;
  async request<P, R>(
    { method }: RequestType0<R> | RequestType<P, R>,
    ...parameters: readonly [] | readonly [P]
  ): Promise<R> {
    try {
      return await this.#connection.sendRequest<R>(method, ...parameters);
    } catch (error) {
      throw this.#isClosed || isConnectionError(error) ? new CodedError('HOST_LOST', {}, error) : error;
    }
  }

  onNotification<P>({ method }: NotificationType<P>, listener: (parameters: P) => void): Disposable {
    const subscription = this.#connection.onNotification(method, listener);
    const early = this.#early.filter((message) => message.method === method);
    for (const message of early) {
      this.#early.splice(this.#early.indexOf(message), 1);
      // If the parameter is not an object, the JSON-RPC library has wrapped it in an array. Callbacks expect the
      // parameter itself.
      const parameters: unknown = Array.isArray(message.params) ? message.params[0] : message.params;
      queueMicrotask(() => listener(parameters as P));
    }
    return subscription;
  }

  dispose(): void {
    this.#isClosed = true;
    this.#didClose.dispose();
    this.#connection.dispose();
    this.#socket.destroy();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Disposing of the connection rejects the requests that wait for a response.
    this.#connection.dispose();
    this.#didClose.fire();
    this.#didClose.dispose();
  }
}
