import type { Socket } from 'node:net';
import { type Clock, systemClock } from '../base/async.ts';
import { exponentialBackoff } from '../base/backoff.ts';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import type { ClientInspector, ConnectionHandler } from '../portforward/listener.ts';
import { portForwardPod } from '../portforward/portForwardPod.ts';
import type { ForwardPod } from './attempt.ts';
import type { ListenOptions } from './bindLocalPorts.ts';
import type { SessionNotice } from './notices.ts';
import type { ServerProbe, SessionTarget } from './ports.ts';
import { SessionWork } from './sessionWork.ts';
import type { SessionEffect, SessionEvent, SessionModel, SessionRules, SessionState } from './state.ts';
import { beginSession, transition } from './transition.ts';

export interface SessionOptions {
  readonly target: SessionTarget;
  /** Where to listen. Optional: without it, connections come by {@link Session.accept} alone. */
  readonly listen?: ListenOptions;
  /** Takes the connections that still wait when the session fails or stops. Optional, default: they are reset. */
  readonly onTurnedAway?: ConnectionHandler;
  readonly transport?: TransportName | undefined;
  /** Called for each connection that begins, to watch it from the side. Optional. */
  readonly openTapPlace?: OpenTapPlace | undefined;
  /** Whether the session reconnects after it lost its pod or server. Optional, default true. */
  readonly reconnects?: boolean;
  /**
   * Whether the session listens at once and keeps trying before it was ever ready. Optional, default true. If false, the first
   * failure is final, and the session listens only once traffic can pass.
   */
  readonly retriesFirstAttempt?: boolean;
  /** How long a connection may wait for a pod. Optional, default 10 s. */
  readonly waitLimitMs?: number;
  /** How long the first attempt waits for a pod. Optional, default 60 s. */
  readonly patienceMs?: number;
  /**
   * How long the session waits for a target that is deleted after it was reached. Optional, default 10 minutes. 0: not at all.
   */
  readonly waitForTargetMs?: number;
  readonly probe: ServerProbe;
  /** Fires when the machine wakes from sleep. */
  readonly onDidWake?: Event<void>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The engine. Optional, default `portForwardPod`; tests replace it. */
  readonly forwardPod?: ForwardPod;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const WAIT_LIMIT_MS = 10_000;
const FIRST_PATIENCE_MS = 60_000;
const WAIT_FOR_TARGET_MS = 600_000;

/**
 * Leads connections to the pod that a target has at the time, through restarts and outages. Connections come from the local
 * ports of `listen` or by {@link accept}. A session begins at once. The caller calls {@link stop}.
 */
export class Session {
  readonly #rules: SessionRules;
  readonly #clock: Clock;
  readonly #work: SessionWork;
  readonly #didChange = new Emitter<SessionState>();
  readonly #didNotice = new Emitter<SessionNotice>();
  readonly #queue: SessionEvent[] = [];
  readonly #wake: Disposable | undefined;
  #model: SessionModel;
  #isHandling = false;

  /** Fires when the state changes. */
  readonly onDidChange: Event<SessionState> = this.#didChange.event;
  /** Fires at each step, for logs. */
  readonly onDidNotice: Event<SessionNotice> = this.#didNotice.event;

  constructor(options: SessionOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#rules = {
      reconnects: options.reconnects ?? true,
      retriesFirstAttempt: options.retriesFirstAttempt ?? true,
      waitForTargetMs: options.waitForTargetMs ?? WAIT_FOR_TARGET_MS,
      backoff: exponentialBackoff({
        firstMs: FIRST_DELAY_MS,
        maxMs: MAX_DELAY_MS,
        random: options.random ?? Math.random,
      }),
    };
    this.#work = new SessionWork(
      {
        ...options,
        clock: this.#clock,
        bindsFirst: this.#rules.retriesFirstAttempt,
        forwardPod: options.forwardPod ?? portForwardPod,
        waitLimitMs: options.waitLimitMs ?? WAIT_LIMIT_MS,
        patienceMs: options.patienceMs ?? FIRST_PATIENCE_MS,
      },
      {
        dispatch: (event) => this.#dispatch(event),
        notice: (notice) => this.#didNotice.fire(notice),
      },
    );
    this.#wake = options.onDidWake?.(() => this.#dispatch({ type: 'woke' }));
    const { model, effects } = beginSession(this.#rules);
    this.#model = model;
    // The caller can subscribe before anything happens.
    queueMicrotask(() => {
      if (this.state.type !== 'starting') return;
      this.#didNotice.fire({ type: 'starting' });
      for (const effect of effects) this.#work.perform(effect);
    });
  }

  get state(): SessionState {
    return this.#model.state;
  }

  /** Attempts that failed since traffic last passed. */
  get failures(): number {
    return this.#model.failures;
  }

  /** Whether traffic has passed since the start or the last {@link retry}. */
  get wasConnected(): boolean {
    return this.#model.wasConnected;
  }

  /** The local addresses that the session listens on. Empty while it does not listen. */
  get addresses(): readonly BoundAddress[] {
    return this.#work.addresses;
  }

  /** The numbers of all connections since the start. */
  get counters(): ForwardCounters {
    return this.#work.counters;
  }

  /** Takes over a connection that the caller accepted and leads it to `address.remotePort` of the pod. */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    this.#work.accept(socket, address, inspect);
  }

  /** Cuts off the present tunnels and starts over as a new session does. */
  retry(): void {
    this.#dispatch({ type: 'retry' });
  }

  /** Ends the session. Resolves when nothing of it is left. */
  async stop(): Promise<void> {
    const stopped = this.#untilStopped();
    this.#dispatch({ type: 'stop' });
    await stopped;
  }

  #untilStopped(): Promise<void> {
    return new Promise((resolve) => {
      if (this.state.type === 'stopped') return resolve();
      const subscription = this.onDidChange((state) => {
        if (state.type !== 'stopped') return;
        subscription.dispose();
        resolve();
      });
    });
  }

  /** Handles events one after the other: an event that an effect causes waits for its turn. */
  #dispatch(event: SessionEvent): void {
    this.#queue.push(event);
    if (this.#isHandling) return;
    this.#isHandling = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#handle(next);
    this.#isHandling = false;
  }

  #handle(event: SessionEvent): void {
    const before = this.#model.state;
    const { model, effects } = transition(this.#model, event, this.#rules);
    this.#model = model;
    if (model.state !== before) {
      this.#tell(before, effects);
      this.#didChange.fire(model.state);
    }
    for (const effect of effects) this.#work.perform(effect);
    if (model.state.type === 'stopped' && before.type !== 'stopped') this.#dispose();
  }

  #tell(before: SessionState, effects: readonly SessionEffect[]): void {
    const { state } = this.#model;
    if (state.type === 'failed') this.#didNotice.fire({ type: 'failed', error: state.error });
    if (state.type === 'ready' && isCarryingUnready(before) && state.isPodReady) {
      this.#didNotice.fire({ type: 'podReady', pod: state.pod });
    }
    if (state.type !== 'reconnecting') return;
    // The `connected` notice already said that the pod is not Ready.
    if (state.step.type === 'unready') return;
    if (before.type === 'reconnecting' && before.error === state.error) return;
    const timer = effects.find((effect) => effect.type === 'setTimer');
    this.#didNotice.fire({
      type: 'reconnecting',
      error: state.error,
      attempt: this.#model.failures + 1,
      delayMs: timer?.delayMs ?? 0,
    });
  }

  #dispose(): void {
    this.#wake?.dispose();
    this.#didNotice.fire({ type: 'stopped', counters: this.counters });
    this.#didChange.dispose();
    this.#didNotice.dispose();
  }
}

/** Returns whether traffic passes to a pod that is not Ready. */
function isCarryingUnready(state: SessionState): boolean {
  if (state.type === 'ready') return !state.isPodReady;
  return state.type === 'reconnecting' && state.step.type === 'unready';
}
