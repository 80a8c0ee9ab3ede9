import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock } from '../../base/async.ts';
import type { ActivityLog } from '../activity.ts';
import type { KeyPairPem } from '../certificates.ts';
import type { FaultRegistry } from '../faults.ts';
import { LatencyStream } from './latencyStream.ts';

const HOST = '127.0.0.1';

export interface ConnectionListenerOptions {
  readonly keyPair: KeyPairPem;
  readonly certificateAuthority: string;
  readonly faults: FaultRegistry;
  readonly activity: ActivityLog;
  readonly clock: Clock;
  /** Called with each connection after its TLS handshake. */
  onConnection(socket: TLSSocket): void;
}

/**
 * Listens on the loopback address and accepts TLS connections. Keeps the TCP socket of each connection, because faults
 * (simulated failures) reset, delay or freeze the TCP connection below TLS.
 */
export class ConnectionListener {
  readonly #options: ConnectionListenerOptions;
  readonly #context: SecureContext;
  readonly #sockets = new Set<Socket>();
  readonly #tcpOf = new WeakMap<Duplex, Socket>();
  readonly #securedOf = new WeakMap<Socket, TLSSocket>();
  #server: Server | undefined;
  #parked: Socket[] = [];

  constructor(options: ConnectionListenerOptions) {
    this.#options = options;
    this.#context = createSecureContext({
      cert: options.keyPair.certificate,
      key: options.keyPair.key,
      ca: options.certificateAuthority,
      // A real API server lets clients resume TLS sessions. For a server that requests client certificates, OpenSSL
      // allows this only with a session ID context.
      sessionIdContext: 'demo-cluster',
    });
    options.faults.onDidThaw(() => this.#unpark());
  }

  /** Starts listening. Resolves with the bound port, or rejects if the port cannot be bound. */
  listen(port: number): Promise<number> {
    // Pauses new sockets until their TLS handshake starts, because a `freeze` fault can delay the handshake. The first
    // bytes of the client, or its FIN, then stay unread until the handshake.
    const options = { noDelay: true, allowHalfOpen: true, pauseOnConnect: true };
    const server = createServer(options, (socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, HOST, () => {
        server.off('error', reject);
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Stops listening and resets all connections. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#parked = [];
    for (const socket of [...this.#sockets]) this.#reset(socket);
    if (server === undefined) return Promise.resolve();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  /** Resets the TCP connection that carries a TLS connection. */
  reset(socket: Duplex): void {
    const tcp = this.#tcpOf.get(socket);
    if (tcp !== undefined) this.#reset(tcp);
  }

  /**
   * Resets a TCP connection. If a FIN is still being sent, closes the socket instead: Node cannot reset such a socket,
   * and the socket would never emit `close`.
   */
  #reset(tcp: Socket): void {
    const sides = [tcp, this.#securedOf.get(tcp)];
    const isSendingFin = sides.some((side) => side?.writableEnded === true && !side.writableFinished);
    if (isSendingFin) tcp.destroy();
    else tcp.resetAndDestroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const closed = this.#options.activity.open('openConnections');
    socket.once('close', () => {
      this.#sockets.delete(socket);
      closed();
    });
    socket.on('error', () => socket.destroy());
    if (this.#options.faults.isFrozen) this.#parked.push(socket);
    else this.#startTls(socket);
  }

  #unpark(): void {
    const parked = this.#parked;
    this.#parked = [];
    for (const socket of parked) {
      if (!socket.destroyed) this.#startTls(socket);
    }
  }

  #startTls(socket: Socket): void {
    const { faults, clock } = this.#options;
    const transport = faults.latencyMs > 0 ? new LatencyStream(socket, faults.latencyMs / 2, clock) : socket;
    // The cast is safe: TLSSocket accepts any Duplex, although its type declaration requires a Socket.
    const secured = new TLSSocket(transport as Socket, {
      isServer: true,
      secureContext: this.#context,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    });
    this.#tcpOf.set(secured, socket);
    this.#securedOf.set(socket, secured);
    secured.on('error', () => secured.destroy());
    secured.once('close', () => socket.destroy());
    // Closes the connection if the client sends a FIN during the TLS handshake. After the handshake, a FIN may be a
    // half-close, which the server accepts.
    const onEnd = () => secured.destroy();
    secured.once('end', onEnd);
    secured.once('secure', () => {
      secured.off('end', onEnd);
      this.#options.onConnection(secured);
    });
  }
}
