import type { Socket } from 'node:net';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import type { ClientInspector, ConnectionHandler } from '../portforward/listener.ts';
import { ParkedSockets, type ParkedSocketsOptions } from './parkedSockets.ts';

/**
 * The arguments with which an accepted connection was added. Stored so that {@link Arrivals.requeue} can add the
 * connection again.
 */
interface Arrival {
  readonly address: BoundAddress;
  /**
   * The index of the local port in the session's list of local ports. Undefined if `address` already contains the pod's
   * port.
   */
  readonly index: number | undefined;
  readonly inspect: ClientInspector | undefined;
}

interface Attachment {
  readonly onConnection: ConnectionHandler;
}

export interface ArrivalsOptions extends Pick<ParkedSocketsOptions<Arrival>, 'limitMs' | 'clock'> {
  /**
   * Called when a waiting connection was reset, because it had waited longer than `limitMs` or too many other
   * connections were waiting.
   */
  readonly onExpired: (address: BoundAddress) => void;
  /**
   * Receives the connections that cannot be served, because {@link Arrivals.dispose} was called. Optional, default:
   * these connections are reset.
   */
  readonly onTurnedAway?: ConnectionHandler | undefined;
}

/**
 * Collects the accepted connections of a session and passes them to the attached attempt: the attempt that currently
 * forwards the session's connections ({@link attach}). While no attempt is attached, the connections wait.
 */
export class Arrivals implements Disposable {
  readonly #options: ArrivalsOptions;
  readonly #waiting: ParkedSockets<Arrival>;
  readonly #known = new WeakMap<Socket, Arrival>();
  #remotePorts: readonly number[] = [];
  #attachment: Attachment | undefined;
  #isOpen = true;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#waiting = new ParkedSockets({
      ...options,
      onExpired: ({ address, index }) => options.onExpired(this.withRemotePort(address, index)),
    });
  }

  /** How many connections wait for an attempt. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Takes ownership of an accepted connection. Passes the connection to the attached attempt, or lets it wait for the
   * next attempt. After {@link dispose}, passes the connection to `onTurnedAway` or resets it.
   * @param index the index of the local port in the session's list of local ports; optional, default: `address`
   *   contains the pod's port
   */
  add(socket: Socket, address: BoundAddress, index?: number, inspect?: ClientInspector): void {
    const arrival = { address, index, inspect };
    this.#known.set(socket, arrival);
    if (!this.#isOpen) this.#turnAway(socket, arrival);
    else if (this.#attachment === undefined) this.#waiting.add(socket, arrival);
    else this.#handOver(socket, arrival, this.#attachment);
  }

  /**
   * Attaches an attempt: passes all waiting and new connections to its `onConnection`, until the result is disposed of
   * or another attempt is attached.
   * @param pairs one pair for each local port of the session: the local port and the port of the pod
   */
  attach(pairs: readonly PortPair[], onConnection: ConnectionHandler): Disposable {
    const attachment: Attachment = { onConnection };
    this.#attachment = attachment;
    this.#remotePorts = pairs.map((pair) => pair.remote);
    for (const { socket, details } of this.#waiting.takeAll()) this.#handOver(socket, details, attachment);
    return toDisposable(() => {
      if (this.#attachment === attachment) this.#attachment = undefined;
    });
  }

  /** Takes back a connection that its attempt has not read from, so that the next attempt serves the connection. */
  requeue(socket: Socket): void {
    const arrival = this.#known.get(socket);
    if (arrival === undefined) socket.resetAndDestroy();
    else this.add(socket, arrival.address, arrival.index, arrival.inspect);
  }

  /**
   * Returns the address with the port of the pod that the latest attempt uses for the local port `index`. If `index` is
   * undefined, or no attempt has been attached yet, the result has the `remotePort` of `address`.
   */
  withRemotePort(address: BoundAddress, index: number | undefined): BoundAddress {
    const remotePort = index === undefined ? undefined : this.#remotePorts[index];
    return { ...address, remotePort: remotePort ?? address.remotePort };
  }

  /** Accepts connections again after {@link dispose}. */
  open(): void {
    this.#isOpen = true;
  }

  /**
   * Passes the waiting connections to `onTurnedAway`, or resets them. Until {@link open}, does the same with each new
   * connection.
   */
  dispose(): void {
    this.#isOpen = false;
    this.#attachment = undefined;
    this.#remotePorts = [];
    for (const { socket, details } of this.#waiting.takeAll()) this.#turnAway(socket, details);
  }

  #handOver(socket: Socket, { address, index, inspect }: Arrival, { onConnection }: Attachment): void {
    onConnection(socket, this.withRemotePort(address, index), inspect);
  }

  #turnAway(socket: Socket, { address, inspect }: Arrival): void {
    const { onTurnedAway } = this.#options;
    if (onTurnedAway === undefined) socket.resetAndDestroy();
    else onTurnedAway(socket, address, inspect);
  }
}
