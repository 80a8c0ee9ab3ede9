import { type Clock, systemClock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { Emitter } from '../base/event.ts';
import type { Pod } from './objects/types.ts';

/** The three ways in which a client can forward. */
export type TransportName = 'spdy' | 'websocket' | 'channel';

/**
 * How an upgrade is refused: with a status like those of old servers, gateways and proxies, with `silence`, or as if a proxy
 * had removed the upgrade headers.
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

/** The pods that a fault hits: all that match the given fields. */
export interface PodSelection {
  readonly namespace?: string;
  readonly pod?: string;
  /** A port of the pod. Optional, default: every port. */
  readonly port?: number;
}

/** The requests that a fault hits: all that match the given fields. */
export interface RequestSelection {
  /** Kubernetes' verb: `get`, `list`, `watch`, `create`, … */
  readonly verb?: string;
  /** The beginning of the path without the server's prefix. */
  readonly path?: string;
  readonly user?: string;
}

/** A fault that lasts until it is lifted, or has hit `times` times. */
export type Fault =
  /** Nothing listens on the port. */
  | ({ readonly type: 'refusePort' } & PodSelection)
  /** `read`: the program never reads or answers. `answer`: the program reads on and never answers. */
  | ({ readonly type: 'stallPort'; readonly what: 'read' | 'answer' } & PodSelection)
  /** The program resets the connection after it has sent this many bytes. */
  | ({ readonly type: 'resetPort'; readonly afterBytes: number } & PodSelection)
  /** The server answers requests with this status. */
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
  /** The round trip of new connections takes this much longer. */
  | { readonly type: 'latency'; readonly roundTripMs: number }
  /** Upgrades of port-forwards are answered this much later. */
  | { readonly type: 'slowUpgrade'; readonly delayMs: number }
  /** The server accepts connections and answers nothing. Lifting the fault sends everything that was held back. */
  | { readonly type: 'freeze' };

type FaultOf<T extends Fault['type']> = Extract<Fault, { readonly type: T }>;

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  remaining: number;
  readonly timer: Disposable | undefined;
}

/** The faults that are switched on. */
export class FaultRegistry {
  readonly #active = new Map<number, ActiveFault>();
  readonly #didFreeze = new Emitter<void>();
  readonly #didThaw = new Emitter<void>();
  readonly #clock: Clock;
  #nextId = 1;

  /** Fires when the first `freeze` is switched on. */
  readonly onDidFreeze = this.#didFreeze.event;
  /** Fires when the last `freeze` is lifted. */
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

  /** Switches a fault on for `durationMs`, or until it is lifted; disposing the result lifts it. */
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

  /** Lifts a fault; returns whether the id existed. */
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

  /** Returns the fault that answers this request in place of the server, and counts one hit. */
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

  /** The latest fault comes first. */
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
