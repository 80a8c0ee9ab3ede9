import { once } from 'node:events';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import tls from 'node:tls';

/**
 * A server on loopback whose connections the test controls. A test disposes of it with `await using`, which also closes
 * the connections.
 */
export class TestTcpServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #arrivals: PromiseWithResolvers<Socket>[] = [];
  #accepted = 0;
  /**
   * What clients have requested. {@link TestTcpServer.answering} adds the head of each request; other tests add their
   * own entries.
   */
  readonly asked: string[] = [];

  /** @param secure the TLS options; optional, default: no TLS. With TLS, calls `onConnection` after each handshake. */
  constructor(onConnection: (socket: Socket, index: number) => void, secure?: tls.TlsOptions) {
    const accept = (socket: Socket) => {
      const index = this.#accepted++;
      socket.on('error', () => {});
      this.#arrival(index).resolve(socket);
      onConnection(socket, index);
    };
    this.#server = secure === undefined ? net.createServer(accept) : tls.createServer(secure, accept);
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket: Socket) => {
      this.#open.add(socket);
      socket.on('error', () => {}).once('close', () => this.#open.delete(socket));
    });
  }

  static start(
    onConnection: (socket: Socket, index: number) => void = () => {},
    secure?: tls.TlsOptions,
  ): Promise<TestTcpServer> {
    return new TestTcpServer(onConnection, secure).listen();
  }

  /** Starts a server that reads the HTTP head of each connection and passes it to `onHead`. */
  static answering(
    onHead: (head: string, socket: Socket, index: number) => void,
    secure?: tls.TlsOptions,
  ): Promise<TestTcpServer> {
    const server = new TestTcpServer((socket, index) => {
      const answer = (head: string) => {
        server.asked.push(head);
        onHead(head, socket, index);
      };
      readHead(socket).then(answer, () => {});
    }, secure);
    return server.listen();
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(scheme: string, host = '127.0.0.1'): URL {
    return new URL(`${scheme}://${host}:${this.port}`);
  }

  /** The number of connections so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves with the socket of a connection as soon as a client has opened it. @param index 0 for the first one */
  connection(index = 0): Promise<Socket> {
    return this.#arrival(index).promise;
  }

  /** Resolves when a TCP connection is open, even if its TLS handshake is not finished. */
  async tcpConnection(): Promise<void> {
    if (this.#open.size === 0) await once(this.#server, 'connection');
  }

  /** Resolves when the clients have closed all connections. */
  async quiet(): Promise<void> {
    for (const socket of this.#open) {
      socket.resume();
      // Does not use `once` of `node:events`, which rejects on a reset: a reset ends a connection too.
      if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    }
  }

  /** Closes all open connections. */
  disconnect(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Resets every open connection, and stops listening until the next {@link listen}. */
  async cutOff(): Promise<void> {
    for (const socket of this.#open) socket.resetAndDestroy();
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disconnect();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #arrival(index: number): PromiseWithResolvers<Socket> {
    this.#arrivals[index] ??= Promise.withResolvers<Socket>();
    return this.#arrivals[index];
  }
}

/** Reads an HTTP head from a socket, and returns its text without the empty line. Then pauses the socket. */
export function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData).off('close', onClose).pause();
      if (head.length > end + 4) socket.unshift(head.subarray(end + 4));
      resolve(head.toString('latin1', 0, end));
    };
    const onClose = () => reject(new Error('closed before a whole head'));
    socket.on('data', onData).once('close', onClose);
  });
}

/**
 * Connects to a server, and passes all bytes between the client and the server. If one of the two connections ends, the
 * other connection ends too. Returns the connection to the server.
 */
export function join(client: Socket, server: net.NetConnectOpts, onConnect = () => {}): Socket {
  const upstream = net.connect(server, onConnect);
  upstream.on('error', () => {}).once('close', () => client.destroy());
  client.once('close', () => upstream.destroy());
  client.pipe(upstream).pipe(client);
  return upstream;
}
