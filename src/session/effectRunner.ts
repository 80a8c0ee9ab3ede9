import { deadline, delay, raceAbort } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError, describeError, isCoded } from '../base/errors.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import { ConnectionCounts } from '../portforward/connectionCounts.ts';
import type { ConnectionHandler, LocalListener } from '../portforward/listener.ts';
import { TransportMemory } from '../portforward/transport/transportMemory.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import { Arrivals } from './arrivals.ts';
import { Attempt, type AttemptObserver } from './attempt.ts';
import { PodFollower } from './podFollower.ts';
import type { ChosenPod } from './ports.ts';
import { SessionListener } from './sessionListener.ts';
import type { SessionSettings } from './sessionOptions.ts';
import type { SessionEffect, SessionEvent } from './state.ts';

type AttemptEffect = Extract<SessionEffect, { readonly type: 'attempt' }>;

/** Receives the events and notices that arise while the effects of a session's state machine are carried out. */
export interface EffectRunnerObserver {
  dispatch(event: SessionEvent): void;
  notice(notice: ForwardNotice): void;
}

/**
 * While a session reconnects, an attempt that waits longer than this for a pod fails. The session then starts the next
 * attempt.
 */
const RECONNECT_POD_TIMEOUT_MS = 30_000;

/**
 * How often a session that polls a lost API server checks whether the kubeconfig now leads to another server. A local
 * cluster, for example, often gets another port when it restarts.
 */
const RELOCATE_INTERVAL_MS = 10_000;

const LOSS_INTERVAL_MS = 1_000;
/**
 * How long a stopping session waits for its tunnels to close, which normally takes less than a second. After this time,
 * the session counts as stopped, although a tunnel may still be open.
 */
const CLOSE_LIMIT_MS = 3_000;

/**
 * Carries out the effects of a session's state machine. Owns the listener, the attempts, the timer, the polling of a
 * lost API server, and the watch of the target.
 */
export class EffectRunner {
  readonly #options: SessionSettings;
  readonly #observer: EffectRunnerObserver;
  readonly #counts = new ConnectionCounts();
  readonly #transportMemory = new TransportMemory();
  readonly #arrivals: Arrivals;
  /** Undefined if the session opens no local ports: connections then come only through {@link accept}. */
  readonly #listener: SessionListener | undefined;
  readonly #attempts = new Map<number, Attempt>();
  readonly #pods: PodFollower;
  #timer: Disposable | undefined;
  #probing: AbortController | undefined;
  #restConfig: RestConfig | undefined;
  #isShortageTold = false;
  #lastLossMs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionSettings, observer: EffectRunnerObserver) {
    this.#options = options;
    this.#observer = observer;
    const { listen, clock } = options;
    this.#arrivals = new Arrivals({
      limitMs: options.waitLimitMs,
      clock,
      onExpired: (address) => this.#expire(address),
      onTurnedAway: options.onTurnedAway,
    });
    this.#listener =
      listen &&
      new SessionListener({
        ...listen,
        clock,
        onConnection: (socket, address, index) => this.#arrivals.add(socket, address, index),
        onBound: (addresses) => observer.notice({ type: 'bound', addresses }),
        onShortage: (address, index) => this.#notifyShortage(this.#arrivals.withRemotePort(address, index)),
      });
    this.#pods = new PodFollower({
      target: options.target,
      clock: options.clock,
      onChange: (attempt, change, name) =>
        this.#dispatch({ type: 'pod', attempt, change, name, nowMs: this.#now() }),
      onSeen: () => this.#dispatch({ type: 'targetSeen' }),
    });
  }

  get addresses(): readonly BoundAddress[] {
    return (this.#listener?.bound ?? []).map(({ address, index }) =>
      this.#arrivals.withRemotePort(address, index),
    );
  }

  get counters(): ForwardCounters {
    return this.#counts.counters;
  }

  accept(...arrival: Parameters<ConnectionHandler>): void {
    const [socket, address, inspect] = arrival;
    this.#arrivals.add(socket, address, undefined, inspect);
  }

  perform(effect: Exclude<SessionEffect, { readonly type: 'notify' }>): void {
    switch (effect.type) {
      case 'attempt':
        return this.#attempt(effect);
      case 'cancel':
        this.#pods.leave(effect.attempt);
        return this.#attempts.get(effect.attempt)?.cancel();
      case 'drain':
        return this.#drain(effect.attempt);
      case 'setTimer':
        this.#timer?.dispose();
        this.#timer = this.#options.clock.setTimer(effect.delayMs, () => this.#dispatch({ type: 'timer' }));
        return;
      case 'clearTimer':
        return this.#timer?.dispose();
      case 'probe':
        return this.#probe();
      case 'stopProbe':
        return this.#probing?.abort();
      case 'release':
        return this.#release();
      case 'close':
        void this.#close();
        return;
    }
  }

  #attempt({ attempt: number, isFirst, hasBeenReady }: AttemptEffect): void {
    const { listen, retriesFirstAttempt, podRunningTimeoutMs } = this.#options;
    const attempt = new Attempt(
      {
        ...this.#options,
        prepare: () => (retriesFirstAttempt ? this.#open() : Promise.resolve()),
        listener: {
          attach: (pairs, onConnection) => this.#attach(pairs, onConnection),
          requeue: (socket) => this.#arrivals.requeue(socket),
        },
        localPorts: (listen?.localPorts ?? []).map(({ port }) => port),
        counts: this.#counts,
        transportMemory: this.#transportMemory,
        choosing: {
          isFirst,
          podRunningTimeoutMs: isFirst ? podRunningTimeoutMs : RECONNECT_POD_TIMEOUT_MS,
          hasBeenReady,
        },
      },
      this.#observe(number),
    );
    this.#attempts.set(number, attempt);
    void attempt.done.then(() => {
      this.#pods.leave(number);
      this.#attempts.delete(number);
    });
  }

  async #open(): Promise<void> {
    await this.#listener?.bind();
    this.#arrivals.open();
  }

  async #attach(pairs: readonly PortPair[], onConnection: ConnectionHandler): Promise<LocalListener> {
    await this.#open();
    const attachment = this.#arrivals.attach(pairs, onConnection);
    return { addresses: this.addresses, dispose: attachment.dispose };
  }

  #drain(number: number): void {
    const attempt = this.#attempts.get(number);
    if (attempt === undefined) return this.#pods.leave(number);
    const following = this.#pods.leaveDraining(number, attempt);
    void attempt.done.then(() => following.dispose());
    attempt.drain();
  }

  #observe(attempt: number): AttemptObserver {
    return {
      onResolved: (resolved) => this.#follow(attempt, resolved),
      onConnected: ({ pod, isReady }, { transport, addresses }) => {
        this.#dispatch({
          type: 'connected',
          attempt,
          pod,
          transport,
          isPodReady: isReady,
          addresses,
          nowMs: this.#now(),
        });
        this.#pods.begin(attempt);
      },
      onFailed: (failure) => this.#dispatch({ type: 'ended', attempt, ...failure, nowMs: this.#now() }),
      onEvent: (event) => {
        if (event.type !== 'tunnelLost' || this.#isNewLoss()) this.#observer.notice(event);
        if (event.type === 'connectionEnded' && event.error !== undefined) {
          this.#pods.suspect(attempt, event.error);
        }
      },
    };
  }

  /**
   * Returns whether to report that a tunnel was lost: true if no other tunnel was lost in the last second. When the
   * server is lost, all tunnels of the session are lost within a second, and one report is enough.
   */
  #isNewLoss(): boolean {
    const isNew = this.#now() - this.#lastLossMs >= LOSS_INTERVAL_MS;
    this.#lastLossMs = this.#now();
    return isNew;
  }

  #follow(attempt: number, resolved: ChosenPod): void {
    const { restConfig, pod, remotePorts } = resolved;
    this.#restConfig = restConfig;
    this.#observer.notice({ type: 'podChosen', pod, remotePorts });
    this.#pods.follow(attempt, resolved);
  }

  #probe(): void {
    this.#probing?.abort();
    const config = this.#restConfig;
    // No attempt has chosen a pod yet, so the server to poll is unknown. With the event `reachable`, the session starts
    // the next attempt instead of polling.
    if (config === undefined) return this.#dispatch({ type: 'reachable' });
    const probing = new AbortController();
    this.#probing = probing;
    let lastMessage = '';
    const onFailure = (failure: unknown) => {
      const error = isCoded(failure) ? failure : unreachable(config, failure);
      if (probing.signal.aborted || error.message === lastMessage) return;
      lastMessage = error.message;
      this.#dispatch({ type: 'unreachable', error });
    };
    this.#options.probe.untilReachable(config, probing.signal, onFailure).then(
      () => {
        if (!probing.signal.aborted) this.#dispatch({ type: 'reachable' });
      },
      (error: unknown) => onFailure(error),
    );
    void this.#followServer(config, probing.signal);
  }

  /** If the kubeconfig changes while the session polls its server, polls the new server instead. Never rejects. */
  async #followServer(polled: RestConfig, signal: AbortSignal): Promise<void> {
    const { target, clock } = this.#options;
    for (;;) {
      await delay(RELOCATE_INTERVAL_MS, signal, clock).catch(() => {});
      if (signal.aborted) return;
      // A kubeconfig that cannot be read may be half-written, so the next try may succeed.
      const config = await target.currentRestConfig(signal).catch(() => polled);
      if (config === polled || signal.aborted) continue;
      this.#restConfig = config;
      return this.#probe();
    }
  }

  #expire(address: BoundAddress): void {
    const error = new CodedError('NOT_CONNECTED', { seconds: this.#options.waitLimitMs / 1000 });
    const { connection, traffic } = this.#counts.begin();
    this.#observer.notice({ type: 'connection', connection, address });
    this.#counts.end(traffic, true);
    this.#observer.notice({ type: 'connectionEnded', connection, address, ...traffic, error });
  }

  /** Reports that this process has no file handles left. Reports this only once per session. */
  #notifyShortage(address: BoundAddress): void {
    if (this.#isShortageTold) return;
    this.#isShortageTold = true;
    const { connection, traffic } = this.#counts.fail();
    const error = new CodedError('OUT_OF_FILES');
    this.#observer.notice({ type: 'connectionEnded', connection, address, ...traffic, error });
  }

  #release(): void {
    this.#pods.dispose();
    this.#listener?.release();
    this.#arrivals.dispose();
  }

  async #close(): Promise<void> {
    this.#timer?.dispose();
    this.#probing?.abort();
    this.#release();
    this.#listener?.dispose();
    for (const attempt of this.#attempts.values()) attempt.cancel();
    const ended = Promise.all([...this.#attempts.values()].map((attempt) => attempt.done));
    // The wait is limited, so that an attempt that hangs does not prevent the session from stopping.
    using limit = deadline(undefined, CLOSE_LIMIT_MS, () => undefined, this.#options.clock);
    await raceAbort(ended, limit.signal).catch(() => {});
    this.#dispatch({ type: 'closed', counters: this.counters });
  }

  #dispatch(event: SessionEvent): void {
    this.#observer.dispatch(event);
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

function unreachable(config: RestConfig, error: unknown): CodedError {
  return new CodedError('UNREACHABLE', { server: config.server.origin, reason: describeError(error) }, error);
}
