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
  /** Where to listen; optional: without it, connections come by {@link Session.accept} alone. */
  readonly listen?: ListenOptions;
  /** Takes the connections that still wait when the session fails or stops; optional, by default they are reset. */
  readonly onTurnedAway?: ConnectionHandler;
  readonly transport?: TransportName | undefined;
  /** Optional. Called for each connection that begins, for who looks on from the side. */
  readonly openTapPlace?: OpenTapPlace | undefined;
  /** Whether a forward that was lost is taken up again; true where missing. */
  readonly reconnects?: boolean;
  /**
   * Whether it keeps trying before it was ever ready, and listens meanwhile; true where missing. Else the first failure
   * is final, and nothing is listened on before traffic can pass.
   */
  readonly retriesFirstAttempt?: boolean;
  /** How long a connection may wait while there is no pod to take it; 10 s where missing. Milliseconds. */
  readonly waitLimitMs?: number;
  /** How long the first attempt waits for a pod; 60 s where missing. Milliseconds. */
  readonly patienceMs?: number;
  /** How long a target that is gone after it was reached is waited for; optional, default 10 minutes. 0: not at all. */
  readonly waitForTargetMs?: number;
  readonly probe: ServerProbe;
  /** The machine was asleep. */
  readonly onDidWake?: Event<void>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** The engine, for tests. */
  readonly forwardPod?: ForwardPod;
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
const WAIT_LIMIT_MS = 10_000;
const FIRST_PATIENCE_MS = 60_000;
const WAIT_FOR_TARGET_MS = 600_000;

/**
 * A way to a target that lasts: it leads its connections to whichever pod the target has at the time. They come from the local
 * ports that it listens on, or from whoever calls {@link accept}. Begins at once; whoever makes it calls {@link stop}.
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

  /** Fires with every change of the state. */
  readonly onDidChange: Event<SessionState> = this.#didChange.event;
  /** Fires with every step, for logs. */
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
    // So that whoever made it can listen before anything happens.
    queueMicrotask(() => {
      if (this.state.type !== 'starting') return;
      this.#didNotice.fire({ type: 'starting' });
      for (const effect of effects) this.#work.perform(effect);
    });
  }

  get state(): SessionState {
    return this.#model.state;
  }

  /** Attempts that failed since traffic could pass. */
  get failures(): number {
    return this.#model.failures;
  }

  /** Whether traffic could pass at some time since the start, or since the last {@link retry}. */
  get wasConnected(): boolean {
    return this.#model.wasConnected;
  }

  /** What is listened on; empty while nothing is. */
  get addresses(): readonly BoundAddress[] {
    return this.#work.addresses;
  }

  /** Of all connections since it began. */
  get counters(): ForwardCounters {
    return this.#work.counters;
  }

  /** Takes over a connection that something else has accepted, and leads it to `address.remotePort` of the pod. */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    this.#work.accept(socket, address, inspect);
  }

  /** Another try at once, as if it had only begun; the tunnels of the present one are cut off. */
  retry(): void {
    this.#dispatch({ type: 'retry' });
  }

  /** Ends it; resolves when nothing is left. */
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

  /** One event after the other: what an effect brings about waits for its turn. */
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
    // The pod's state was told with the connection.
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

/** Whether traffic passes to a pod that is not Ready. */
function isCarryingUnready(state: SessionState): boolean {
  if (state.type === 'ready') return !state.isPodReady;
  return state.type === 'reconnecting' && state.step.type === 'unready';
}
