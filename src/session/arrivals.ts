import type { Socket } from 'node:net';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import type { ClientInspector, ConnectionHandler } from '../portforward/listener.ts';
import { ParkedSockets, type ParkedSocketsOptions } from './parkedSockets.ts';

/** An accepted connection and the address that accepted it. */
interface Arrival {
  readonly address: BoundAddress;
  /** The index among the session's local ports. Undefined for a connection that names its remote port itself. */
  readonly index: number | undefined;
  readonly inspect: ClientInspector | undefined;
}

interface Attachment {
  readonly onConnection: ConnectionHandler;
}

export interface ArrivalsOptions extends Pick<ParkedSocketsOptions<Arrival>, 'limitMs' | 'clock'> {
  /** Called when a connection waited too long and was reset. */
  readonly onExpired: (address: BoundAddress) => void;
  /** Takes the waiting connections when nobody will serve them. Optional, default: they are reset. */
  readonly onTurnedAway?: ConnectionHandler | undefined;
}

/** Collects the connections of a session from all sources. The attached forward takes the connections. While no forward is attached, they wait. */
export class Arrivals implements Disposable {
  readonly #options: ArrivalsOptions;
  readonly #waiting: ParkedSockets<Arrival>;
  readonly #known = new WeakMap<Socket, Arrival>();
  #remotePorts: readonly number[] = [];
  #attachment: Attachment | undefined;
  #isOpen = true;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#waiting = new ParkedSockets({ ...options, onExpired: ({ address }) => options.onExpired(address) });
  }

  /** How many connections wait for a forward. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Takes over a connection. @param index among the session's local ports; optional, default: `address` is used as it is */
  add(socket: Socket, address: BoundAddress, index?: number, inspect?: ClientInspector): void {
    const arrival = { address, index, inspect };
    this.#known.set(socket, arrival);
    if (!this.#isOpen) this.#turnAway(socket, arrival);
    else if (this.#attachment === undefined) this.#waiting.add(socket, arrival);
    else this.#handOver(socket, arrival, this.#attachment);
  }

  /** Gives the waiting connections and all new ones to `onConnection` until the result is disposed of. */
  attach(pairs: readonly PortPair[], onConnection: ConnectionHandler): Disposable {
    const attachment: Attachment = { onConnection };
    this.#attachment = attachment;
    this.#remotePorts = pairs.map((pair) => pair.remote);
    for (const { socket, details } of this.#waiting.takeAll()) this.#handOver(socket, details, attachment);
    return toDisposable(() => {
      if (this.#attachment === attachment) this.#attachment = undefined;
    });
  }

  /** Takes back a connection of which nothing was read, so that the next forward serves it. */
  requeue(socket: Socket): void {
    const arrival = this.#known.get(socket);
    if (arrival === undefined) socket.resetAndDestroy();
    else this.add(socket, arrival.address, arrival.index, arrival.inspect);
  }

  /** Returns the address with the pod's port of the latest forward. */
  withRemotePort(address: BoundAddress, index: number | undefined): BoundAddress {
    const remotePort = index === undefined ? undefined : this.#remotePorts[index];
    return { ...address, remotePort: remotePort ?? address.remotePort };
  }

  /** Accepts connections again. */
  open(): void {
    this.#isOpen = true;
  }

  /** Turns away waiting and new connections. */
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
