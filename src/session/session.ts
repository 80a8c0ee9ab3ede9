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
 * Forwards connections to the current pod of a target, and reconnects after restarts and outages. Connections arrive on
 * the local ports of `listen` or through {@link accept}. A session starts when it is created, and the caller must end
 * the session with {@link stop}.
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
  /** Fires with each notice, for logs. */
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
    // Starts after the constructor has returned, so that the caller can subscribe to events first.
    queueMicrotask(() => {
      if (this.state.type === 'starting') this.#perform(effects);
    });
  }

  get state(): SessionState {
    return this.#model.state;
  }

  /** The number of attempts that failed since the session was last connected. */
  get failures(): number {
    return this.#model.failures;
  }

  /** Whether the session has been connected since its start or the last {@link retry}. */
  get wasConnected(): boolean {
    return this.#model.wasConnected;
  }

  /** The local addresses that the session listens on. Empty while it does not listen. */
  get addresses(): readonly BoundAddress[] {
    return this.#effects.addresses;
  }

  /** The counts of all connections, and of their bytes, since the session started. */
  get counters(): ForwardCounters {
    return this.#effects.counters;
  }

  /**
   * Takes ownership of a connection that the caller accepted, and forwards the connection to `address.remotePort` of
   * the pod.
   */
  accept(socket: Socket, address: BoundAddress, inspect?: ClientInspector): void {
    this.#effects.accept(socket, address, inspect);
  }

  /**
   * Cancels the current attempt with its connections, and starts over like a new session. Does nothing if the session
   * is starting or was stopped.
   */
  retry(): void {
    this.#dispatch({ type: 'retry' });
  }

  /** Ends the session. Resolves when the session has ended completely. */
  async stop(): Promise<void> {
    const stopped = until(this.onDidChange, () => this.state.type === 'stopped');
    this.#dispatch({ type: 'stop' });
    await stopped;
  }

  /**
   * Handles events one after the other. If an effect of one event dispatches another event, that event waits in the
   * queue until the first event is handled completely.
   */
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

  /** Fires the notices, then {@link onDidChange} if the state has changed, and then performs the other effects. */
  #perform(effects: readonly SessionEffect[], isChange = false): void {
    for (const effect of effects) if (effect.type === 'notify') this.#didNotice.fire(effect.notice);
    if (isChange) this.#didChange.fire(this.state);
    for (const effect of effects) if (effect.type !== 'notify') this.#effects.perform(effect);
  }

  #dispose(): void {
    this.#wake?.dispose();
    this.#didChange.dispose();
    this.#didNotice.dispose();
  }
}
