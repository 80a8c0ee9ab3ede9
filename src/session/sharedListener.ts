import type { Socket } from 'node:net';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import type { ConnectionHandler, ListenerLender, LocalListener } from '../portforward/listener.ts';
import { type BindOptions, bindLocalPorts } from './bindLocalPorts.ts';
import { WaitingRoom } from './waitingRoom.ts';

export interface SharedListenerOptions extends Omit<BindOptions, 'signal' | 'onConnection'> {
  /** How long a connection may wait for a forward to take it, milliseconds. */
  readonly waitLimitMs: number;
  readonly onBound: (addresses: readonly BoundAddress[]) => void;
  /** A connection has waited too long, and was reset. */
  readonly onExpired: (address: BoundAddress) => void;
}

/** Where a connection came in: at which of the session's ports. */
interface Arrival {
  readonly address: BoundAddress;
  readonly index: number;
}

interface Loan {
  readonly remotePorts: readonly number[];
  readonly onConnection: ConnectionHandler;
}

/** What is bound, or about to be. */
interface Binding {
  readonly abort: AbortController;
  readonly listeners: Promise<readonly LocalListener[]>;
}

/**
 * A session's listener. It listens once, for as long as the session lasts, and hands connections to whichever forward has
 * borrowed it; while none has, they wait.
 */
export class SharedListener implements ListenerLender, Disposable {
  readonly #options: SharedListenerOptions;
  readonly #waiting: WaitingRoom<Arrival>;
  readonly #indexes = new WeakMap<Socket, number>();
  #binding: Binding | undefined;
  #arrivals: readonly Arrival[] = [];
  #loan: Loan | undefined;
  #isClosed = false;

  constructor(options: SharedListenerOptions) {
    this.#options = options;
    this.#waiting = new WaitingRoom({
      limitMs: options.waitLimitMs,
      clock: options.clock,
      onExpired: ({ address }) => options.onExpired(address),
    });
  }

  /** What is listened on; empty while nothing is. Before the first loan, remote ports are 0. */
  get addresses(): readonly BoundAddress[] {
    return this.#arrivals.map(({ address }) => address);
  }

  /** How many connections wait for a forward. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Listens, if it does not yet. @throws CodedError `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `ADDRESS_NOT_AVAILABLE` */
  async bind(): Promise<void> {
    if (this.#isClosed) throw new CodedError('STOPPED');
    this.#binding ??= this.#startBinding();
    await this.#binding.listeners;
  }

  async lend(pairs: readonly PortPair[], onConnection: ConnectionHandler): Promise<LocalListener> {
    await this.bind();
    const loan: Loan = { remotePorts: pairs.map((pair) => pair.remote), onConnection };
    this.#loan = loan;
    this.#arrivals = this.#arrivals.map(({ address, index }) => ({
      index,
      address: led(address, index, loan),
    }));
    for (const { socket, details } of this.#waiting.takeAll()) {
      onConnection(socket, led(details.address, details.index, loan));
    }
    const { dispose } = toDisposable(() => {
      if (this.#loan === loan) this.#loan = undefined;
    });
    return { addresses: this.addresses, dispose };
  }

  takeBack(socket: Socket, address: BoundAddress): void {
    const index = this.#indexes.get(socket);
    if (index === undefined || this.#binding === undefined) socket.resetAndDestroy();
    else this.#arrive(socket, address, index);
  }

  /** Stops listening for good. */
  dispose(): void {
    this.#isClosed = true;
    this.release();
  }

  /** Stops listening and resets the connections that wait. It can be bound again. */
  release(): void {
    this.#binding?.abort.abort(new CodedError('STOPPED'));
    this.#binding?.listeners.then(closeAll, () => {});
    this.#binding = undefined;
    this.#arrivals = [];
    this.#loan = undefined;
    this.#waiting.dispose();
  }

  #startBinding(): Binding {
    const abort = new AbortController();
    const binding = { abort, listeners: this.#bindAll(abort.signal) };
    // A port that was taken may be free when it is asked for the next time.
    binding.listeners.catch(() => {
      if (this.#binding === binding) this.#binding = undefined;
    });
    return binding;
  }

  async #bindAll(signal: AbortSignal): Promise<readonly LocalListener[]> {
    const listeners = await bindLocalPorts({
      ...this.#options,
      signal,
      onConnection: (socket, address, index) => this.#arrive(socket, address, index),
    });
    // Let go of while the last one was being bound.
    if (signal.aborted) {
      closeAll(listeners);
      throw signal.reason;
    }
    this.#arrivals = listeners.flatMap(({ addresses }, index) =>
      addresses.map((address) => ({ address, index })),
    );
    this.#options.onBound(this.addresses);
    return listeners;
  }

  #arrive(socket: Socket, address: BoundAddress, index: number): void {
    this.#indexes.set(socket, index);
    const loan = this.#loan;
    if (loan === undefined) this.#waiting.add(socket, { address, index });
    else loan.onConnection(socket, led(address, index, loan));
  }
}

/** The address with the port of the pod that the loan leads to. */
function led(address: BoundAddress, index: number, loan: Loan): BoundAddress {
  return { ...address, remotePort: loan.remotePorts[index] ?? address.remotePort };
}

function closeAll(listeners: readonly LocalListener[]): void {
  for (const listener of listeners) listener.dispose();
}
