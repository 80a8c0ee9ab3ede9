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
  /** Takes over every connection once its TLS handshake is done. */
  onConnection(socket: TLSSocket): void;
}

/** Listens on the loopback address and does TLS; keeps the TCP sockets, so that faults can strike below TLS. */
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
      // Without it OpenSSL refuses to resume sessions where client certificates are asked for.
      sessionIdContext: 'demo-cluster',
    });
    options.faults.onDidThaw(() => this.#unpark());
  }

  /** Resolves with the port once it listens; rejects if it cannot. */
  listen(port: number): Promise<number> {
    // Paused: what a client sends, its end included, is for TLS alone, however long that is held back.
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

  /** Stops listening and cuts every connection off. */
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

  /** Node loses a socket that is told to reset while its FIN is on its way: that one is closed. */
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
    // TLSSocket takes any duplex, though its types name only Socket.
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
    // A client that goes before the handshake is done; half-closing is for what comes after it.
    const onEnd = () => secured.destroy();
    secured.once('end', onEnd);
    secured.once('secure', () => {
      secured.off('end', onEnd);
      this.#options.onConnection(secured);
    });
  }
}
