import { CodedError } from '../../src/base/errors.ts';
import { Emitter } from '../../src/base/event.ts';
import type { PodReference } from '../../src/kinds/forwardNotice.ts';
import type { TransportName } from '../../src/kinds/transports.ts';
import type {
  Dialer,
  DialOptions,
  PodConnection,
  Tunnel,
} from '../../src/portforward/transport/transport.ts';
import { SpdyTransport } from './spdyTransport.ts';

/** A connection through a tunnel to a port of a pod. The test acts as the pod. */
export class FakePodConnection implements PodConnection {
  readonly data = new SpdyTransport();
  readonly #failure = Promise.withResolvers<string | undefined>();
  readonly failure = this.#failure.promise;
  readonly port: number;
  isDisposed = false;

  constructor(port = 80) {
    this.port = port;
    this.data.on('error', () => {});
  }

  /** Ends the connection on the pod's side. @param text the error text of a failure; optional, default: success */
  confirm(text?: string): void {
    this.#failure.resolve(text);
  }

  dispose(): void {
    this.isDisposed = true;
    this.data.destroy();
    this.#failure.resolve(undefined);
  }
}

/** Acts as a tunnel to a pod, without a network. The test closes and pauses the tunnel, and answers the pings. */
export class FakeTunnel implements Tunnel {
  readonly transport: TransportName;
  readonly isShared: boolean;
  readonly connections: FakePodConnection[] = [];
  readonly #didClose = new Emitter<CodedError | undefined>();
  readonly #didChangePause = new Emitter<boolean>();
  readonly onDidClose = this.#didClose.event;
  readonly onDidChangePause = this.#didChangePause.event;
  /** The pings that wait for an answer. */
  readonly pings: PromiseWithResolvers<number>[] = [];
  receivedBytes = 0;
  sentBytes = 0;
  isPaused = false;
  isClosing = false;
  isDisposed = false;

  constructor(transport: TransportName = 'spdy', isShared = true) {
    this.transport = transport;
    this.isShared = isShared;
  }

  open(port: number): FakePodConnection {
    if (this.isClosing) throw new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'closing' });
    const connection = new FakePodConnection(port);
    this.connections.push(connection);
    return connection;
  }

  ping(signal: AbortSignal): Promise<number> {
    const ping = Promise.withResolvers<number>();
    signal.addEventListener('abort', () => ping.reject(signal.reason), { once: true });
    this.pings.push(ping);
    return ping.promise;
  }

  /** Answers all pings that wait for an answer. */
  answer(): void {
    for (const ping of this.pings.splice(0)) ping.resolve(1);
  }

  /** Stops or resumes the flow of bytes through the tunnel. */
  pause(isPaused = true): void {
    this.isPaused = isPaused;
    this.#didChangePause.fire(isPaused);
  }

  /** Closes the tunnel with an error, as when the connection to the API server is lost. */
  lose(error = new CodedError('LOST_CONNECTION_TO_SERVER', { reason: 'it broke' })): void {
    this.#close(error);
  }

  dispose(): void {
    this.#close(undefined);
  }

  #close(error: CodedError | undefined): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this.isClosing = true;
    for (const connection of this.connections) connection.data.destroy(error);
    this.#didClose.fire(error);
  }
}

/** Opens tunnels without a network: immediately, or when the test calls {@link FakeDialer.succeed}. */
export class FakeDialer implements Dialer {
  /**
   * Whether a tunnel opens as soon as it is dialed. If false, the test calls {@link FakeDialer.succeed} or
   * {@link FakeDialer.fail}.
   */
  isWilling = true;
  /** All tunnels that were opened, in order, including those that have closed. */
  readonly tunnels: FakeTunnel[] = [];
  readonly signals: AbortSignal[] = [];
  readonly options: (DialOptions | undefined)[] = [];
  readonly #pending: PromiseWithResolvers<Tunnel>[] = [];
  readonly #create: () => FakeTunnel;
  dials = 0;

  constructor(create = () => new FakeTunnel()) {
    this.#create = create;
  }

  /** The number of dials that wait for {@link FakeDialer.succeed} or {@link FakeDialer.fail}. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The tunnels that are still open. */
  get open(): FakeTunnel[] {
    return this.tunnels.filter((tunnel) => !tunnel.isDisposed);
  }

  dial(_pod: PodReference, signal: AbortSignal, options?: DialOptions): Promise<Tunnel> {
    this.dials++;
    this.options.push(options);
    this.signals.push(signal);
    if (this.isWilling) return Promise.resolve(this.#next());
    const dial = Promise.withResolvers<Tunnel>();
    signal.addEventListener('abort', () => dial.reject(signal.reason), { once: true });
    this.#pending.push(dial);
    return dial.promise;
  }

  /** Opens the tunnel of the dial that has waited longest, even if that dial has been aborted. */
  succeed(): FakeTunnel {
    const tunnel = this.#next();
    this.#shift().resolve(tunnel);
    return tunnel;
  }

  /** Rejects the dial that has waited longest. */
  fail(error: unknown = new CodedError('UNREACHABLE', { server: 'it', reason: 'gone' })): void {
    this.#shift().reject(error);
  }

  #next(): FakeTunnel {
    const tunnel = this.#create();
    this.tunnels.push(tunnel);
    return tunnel;
  }

  #shift(): PromiseWithResolvers<Tunnel> {
    const dial = this.#pending.shift();
    if (dial === undefined) throw new Error('nobody dials');
    return dial;
  }
}
