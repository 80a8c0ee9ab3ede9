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
  /** Takes over a connection after its TLS handshake. */
  onConnection(socket: TLSSocket): void;
}

/** Listens on the loopback address and handles TLS. Keeps the TCP sockets, so that faults can act below TLS. */
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
      // Without this, OpenSSL does not resume sessions of servers that ask for client certificates.
      sessionIdContext: 'demo-cluster',
    });
    options.faults.onDidThaw(() => this.#unpark());
  }

  /** Resolves with the port once it listens; rejects if it cannot. */
  listen(port: number): Promise<number> {
    // Paused: TLS alone reads the client's bytes and their end, however long a fault holds them back.
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

  /** Stops listening and cuts off every connection. */
  close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#parked = [];
    for (const socket of [...this.#sockets]) this.#reset(socket);
    if (server === undefined) return Promise.resolve();
    return new Promise((resolve) => server.close(() => resolve()));
  }

  /** Resets the TCP connection below a TLS socket. */
  reset(socket: Duplex): void {
    const tcp = this.#tcpOf.get(socket);
    if (tcp !== undefined) this.#reset(tcp);
  }

  /** Closes a socket whose FIN is on its way: Node loses such a socket if told to reset it. */
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
    // TLSSocket accepts any duplex, although its types name only Socket.
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
    // Handles a client that leaves during the handshake. Half-closing is possible only after it.
    const onEnd = () => secured.destroy();
    secured.once('end', onEnd);
    secured.once('secure', () => {
      secured.off('end', onEnd);
      this.#options.onConnection(secured);
    });
  }
}
