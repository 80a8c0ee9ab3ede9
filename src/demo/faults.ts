import { type Clock, systemClock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { Emitter } from '../base/event.ts';
import type { Pod } from './objects/types.ts';

/**
 * The transport of a tunnel: direct SPDY, SPDY in a WebSocket, or a separate WebSocket for each connection of a local
 * client.
 */
export type TransportName = 'spdy' | 'websocket' | 'channel';

/**
 * How the server refuses an upgrade. A number is the HTTP status of the response, as from an old server or from a
 * proxy. `silence`: the server does not respond. `strip-upgrade`: the server responds as if a proxy had removed the
 * upgrade headers from the request.
 */
export type TransportRefusal =
  | 400
  | 401
  | 403
  | 404
  | 426
  | 429
  | 500
  | 502
  | 503
  | 'silence'
  | 'strip-upgrade';

/** The pods that a fault affects: all pods that match every given field. */
export interface PodSelection {
  readonly namespace?: string;
  readonly pod?: string;
  /** A port of the pod. Optional, default: every port. */
  readonly port?: number;
}

/** The requests that a fault affects: all requests that match every given field. */
export interface RequestSelection {
  /** Kubernetes' verb: `get`, `list`, `watch`, `create`, … */
  readonly verb?: string;
  /** The start of the path, without the path prefix of the server. */
  readonly path?: string;
  readonly user?: string;
}

/**
 * A fault: a failure that the server or a pod simulates. A fault is on until it is turned off, until its duration is
 * over, or until it has affected `times` requests. `times` is optional, default: no limit.
 */
export type Fault =
  /** The pod refuses connections to the port, as if nothing listened there. */
  | ({ readonly type: 'refusePort' } & PodSelection)
  /**
   * The program in the pod does not answer. With `what: 'answer'`, the program reads all bytes. With `what: 'read'`,
   * the program reads nothing.
   */
  | ({ readonly type: 'stallPort'; readonly what: 'read' | 'answer' } & PodSelection)
  /** The program in the pod resets the connection after it has sent `afterBytes` bytes. */
  | ({ readonly type: 'resetPort'; readonly afterBytes: number } & PodSelection)
  /** The server answers the selected requests with `status`. */
  | ({
      readonly type: 'answer';
      readonly status: number;
      readonly times?: number;
      readonly retryAfterSeconds?: number;
    } & RequestSelection)
  | {
      readonly type: 'refuseTransport';
      readonly transport: TransportName;
      readonly how: TransportRefusal;
      readonly times?: number;
    }
  /** Round trips on new connections to the API server take `roundTripMs` longer. */
  | { readonly type: 'latency'; readonly roundTripMs: number }
  /** The server answers port-forward upgrades `delayMs` later. */
  | { readonly type: 'slowUpgrade'; readonly delayMs: number }
  /**
   * The API server accepts connections, but sends nothing until the fault ends. Then it sends everything that has
   * waited.
   */
  | { readonly type: 'freeze' };

type FaultOf<T extends Fault['type']> = Extract<Fault, { readonly type: T }>;

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  remaining: number;
  readonly timer: Disposable | undefined;
}

/** The faults that are currently on. */
export class FaultRegistry {
  readonly #active = new Map<number, ActiveFault>();
  readonly #didFreeze = new Emitter<void>();
  readonly #didThaw = new Emitter<void>();
  readonly #clock: Clock;
  #nextId = 1;

  /** Fires when a `freeze` fault is turned on and no other `freeze` fault is on. */
  readonly onDidFreeze = this.#didFreeze.event;
  /** Fires when the last `freeze` fault has ended, so that the server may send again. */
  readonly onDidThaw = this.#didThaw.event;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  get isFrozen(): boolean {
    return this.#find('freeze', () => true) !== undefined;
  }

  get latencyMs(): number {
    return this.#find('latency', () => true)?.fault.roundTripMs ?? 0;
  }

  get upgradeDelayMs(): number {
    return this.#find('slowUpgrade', () => true)?.fault.delayMs ?? 0;
  }

  /**
   * Turns a fault on. The fault ends after `durationMs` (optional, default: no limit). A fault with the field `times`
   * also ends when it has affected that many requests. To end the fault earlier, dispose of the returned object, or
   * call {@link remove}.
   */
  add(fault: Fault, durationMs?: number): Disposable & { readonly id: number } {
    const id = this.#nextId++;
    const wasFrozen = this.isFrozen;
    const remaining = ('times' in fault ? fault.times : undefined) ?? Number.POSITIVE_INFINITY;
    const timer =
      durationMs === undefined ? undefined : this.#clock.setTimer(durationMs, () => this.remove(id));
    this.#active.set(id, { id, fault, remaining, timer });
    if (this.isFrozen && !wasFrozen) this.#didFreeze.fire();
    return { id, ...toDisposable(() => this.remove(id)) };
  }

  /** Turns a fault off. Returns whether the fault was on. */
  remove(id: number): boolean {
    const wasFrozen = this.isFrozen;
    this.#active.get(id)?.timer?.dispose();
    const wasThere = this.#active.delete(id);
    if (wasFrozen && !this.isFrozen) this.#didThaw.fire();
    return wasThere;
  }

  clear(): void {
    for (const id of [...this.#active.keys()]) this.remove(id);
  }

  list(): readonly { readonly id: number; readonly fault: Fault }[] {
    return [...this.#active.values()].map(({ id, fault }) => ({ id, fault }));
  }

  /**
   * Returns the `answer` fault that applies to a request; undefined if there is none. If the request is the last of the
   * `times` requests that the fault affects, the fault ends.
   */
  takeAnswer(request: Required<RequestSelection>): FaultOf<'answer'> | undefined {
    return this.#take(
      'answer',
      (fault) =>
        (fault.verb === undefined || fault.verb === request.verb) &&
        (fault.path === undefined || request.path.startsWith(fault.path)) &&
        (fault.user === undefined || fault.user === request.user),
    );
  }

  takeRefusal(transport: TransportName): TransportRefusal | undefined {
    return this.#take('refuseTransport', (fault) => fault.transport === transport)?.how;
  }

  portFault<T extends 'refusePort' | 'stallPort' | 'resetPort'>(
    type: T,
    pod: Pod,
    port: number,
  ): FaultOf<T> | undefined {
    return this.#find(type, (fault) => isStruck(fault, pod, port))?.fault;
  }

  dispose(): void {
    for (const { timer } of this.#active.values()) timer?.dispose();
    this.#active.clear();
    this.#didFreeze.dispose();
    this.#didThaw.dispose();
  }

  #take<T extends Fault['type']>(type: T, matches: (fault: FaultOf<T>) => boolean): FaultOf<T> | undefined {
    const found = this.#find(type, matches);
    if (found === undefined) return undefined;
    found.active.remaining--;
    if (found.active.remaining <= 0) this.remove(found.active.id);
    return found.fault;
  }

  /** Returns the matching fault. If several faults match, returns the fault that was turned on last. */
  #find<T extends Fault['type']>(
    type: T,
    matches: (fault: FaultOf<T>) => boolean,
  ): { readonly active: ActiveFault; readonly fault: FaultOf<T> } | undefined {
    for (const active of [...this.#active.values()].reverse()) {
      const fault = active.fault;
      if (isOfType(fault, type) && matches(fault)) return { active, fault };
    }
    return undefined;
  }
}

function isOfType<T extends Fault['type']>(fault: Fault, type: T): fault is FaultOf<T> {
  return fault.type === type;
}

function isStruck(selection: PodSelection, { metadata }: Pod, port: number): boolean {
  return (
    (selection.namespace === undefined || selection.namespace === metadata.namespace) &&
    (selection.pod === undefined || selection.pod === metadata.name) &&
    (selection.port === undefined || selection.port === port)
  );
}
