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

/** A connection in the pod with the test as the pod. */
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

  /** Reports the result of the far side: a text for a failure, else nothing. */
  confirm(text?: string): void {
    this.#failure.resolve(text);
  }

  dispose(): void {
    this.isDisposed = true;
    this.data.destroy();
    this.#failure.resolve(undefined);
  }
}

/** A tunnel whose states the test controls. */
export class FakeTunnel implements Tunnel {
  readonly transport: TransportName;
  readonly isShared: boolean;
  readonly connections: FakePodConnection[] = [];
  readonly #didClose = new Emitter<CodedError | undefined>();
  readonly #didChangePause = new Emitter<boolean>();
  readonly onDidClose = this.#didClose.event;
  readonly onDidChangePause = this.#didChangePause.event;
  /** Unanswered pings. */
  readonly pings: PromiseWithResolvers<number>[] = [];
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

  /** Answers the pings. */
  answer(): void {
    for (const ping of this.pings.splice(0)) ping.resolve(1);
  }

  /** Stops or resumes the movement of bytes. */
  pause(isPaused = true): void {
    this.isPaused = isPaused;
    this.#didChangePause.fire(isPaused);
  }

  /** Loses the tunnel. */
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

/** A dialer whose tunnels open at once or on request. */
export class FakeDialer implements Dialer {
  /** Whether tunnels open by themselves. */
  isWilling = true;
  /** All opened tunnels in order. */
  readonly tunnels: FakeTunnel[] = [];
  readonly signals: AbortSignal[] = [];
  readonly options: (DialOptions | undefined)[] = [];
  readonly #pending: PromiseWithResolvers<Tunnel>[] = [];
  readonly #create: () => FakeTunnel;
  dials = 0;

  constructor(create = () => new FakeTunnel()) {
    this.#create = create;
  }

  /** The number of dials that wait for the test. */
  get pending(): number {
    return this.#pending.length;
  }

  /** The open tunnels. */
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

  /** Opens the longest waiting tunnel, even if nobody wants it any more. */
  succeed(): FakeTunnel {
    const tunnel = this.#next();
    this.#shift().resolve(tunnel);
    return tunnel;
  }

  /** Refuses the longest waiting dial. */
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
