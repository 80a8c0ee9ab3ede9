import type { Socket } from 'node:net';
import type { Disposable } from '../base/disposable.ts';
import { Emitter, type Event, until } from '../base/event.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ClientInspector } from '../portforward/listener.ts';
import { EffectRunner } from './effectRunner.ts';
import { type SessionOptions, type SessionSettings, withDefaults } from './sessionOptions.ts';
import type { SessionEffect, SessionEvent, SessionModel, SessionState } from './state.ts';
import { beginSession, transition } from './transition.ts';

/**
 * Sends connections to the current pod of a target, through restarts and outages. Connections come from the local
 * ports of `listen` or by {@link accept}. A session starts at once. The caller calls {@link stop}.
 */
export class Session {
  readonly #settings: SessionSettings;
  readonly #effects: EffectRunner;
  readonly #didChange = new Emitter<SessionState>();
  readonly #didNotice = new Emitter<ForwardNotice>();
  readonly #queue: SessionEvent[] = [];
  readonly #wake: Disposable | undefined;
  #model: SessionModel;
  #isHandling = false;

  /** Fires when the state changes. */
  readonly onDidChange: Event<SessionState> = this.#didChange.event;
  /** Fires at each step, for logs. */
  readonly onDidNotice: Event<ForwardNotice> = this.#didNotice.event;

  constructor(options: SessionOptions) {
    this.#settings = withDefaults(options);
    this.#effects = new EffectRunner(this.#settings, {
      dispatch: (event) => this.#dispatch(event),
      notice: (notice) => this.#didNotice.fire(notice),
    });
    this.#wake = options.onDidWake?.(() => this.#dispatch({ type: 'woke' }));
    const { model, effects } = beginSession(this.#settings);
    this.#model = model;
    // The caller can subscribe before anything happens.
    queueMicrotask(() => {
      if (this.state.type === 'starting') this.#perform(effects);
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
    return this.#effects.addresses;
  }

  /** The numbers of all connections since the start. */
  get counters(): ForwardCounters {
    return this.#effects.counters;
  }

  /** Takes over a connection that the caller accepted and leads it to `address.remotePort` of the pod. */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    this.#effects.accept(socket, address, inspect);
  }

  /** Cuts off the present tunnels and starts over as a new session does. */
  retry(): void {
    this.#dispatch({ type: 'retry' });
  }

  /** Ends the session. Resolves when the session has ended completely. */
  async stop(): Promise<void> {
    const stopped = until(this.onDidChange, () => this.state.type === 'stopped');
    this.#dispatch({ type: 'stop' });
    await stopped;
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
    const { model, effects } = transition(this.#model, event, this.#settings);
    this.#model = model;
    this.#perform(effects, model.state !== before);
    if (model.state.type === 'stopped' && before.type !== 'stopped') this.#dispose();
  }

  /** Fires the notices first, then the change of the state, then performs the other effects. */
  #perform(effects: readonly SessionEffect[], isChange = false): void {
    for (const effect of effects) if (effect.type === 'tell') this.#didNotice.fire(effect.notice);
    if (isChange) this.#didChange.fire(this.state);
    for (const effect of effects) if (effect.type !== 'tell') this.#effects.perform(effect);
  }

  #dispose(): void {
    this.#wake?.dispose();
    this.#didChange.dispose();
    this.#didNotice.dispose();
  }
}
