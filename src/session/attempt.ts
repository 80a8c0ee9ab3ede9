import { deadline, onAbort, raceAbort } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { type Disposable, DisposableStore, toDisposable } from '../base/disposable.ts';
import { CodedError, describeError, toCoded } from '../base/errors.ts';
import type { ConnectionEvent, ForwardEvent, NoticeOf } from '../kinds/forwardNotice.ts';
import type { ConnectionCounts } from '../portforward/connectionCounts.ts';
import type { ConnectionSource } from '../portforward/listener.ts';
import type { TransportMemory } from '../portforward/transport/transportMemory.ts';
import type { ChoosePodOptions, ChosenPod } from './ports.ts';
import type { SessionSettings } from './sessionOptions.ts';
import type { AttemptFailure, AttemptPhase } from './state.ts';

/** The session's options, and the objects that all attempts of a session share. */
export interface AttemptOptions extends SessionSettings {
  /**
   * Awaited before the attempt chooses a pod. Binds the local ports, if the session listens before it is connected
   * (`retriesFirstAttempt`). If the promise rejects, the attempt fails.
   */
  readonly prepare: () => Promise<void>;
  readonly listener: ConnectionSource;
  readonly localPorts: readonly number[];
  readonly counts: ConnectionCounts;
  /** What earlier attempts learned about the transports that the server supports. */
  readonly transportMemory: TransportMemory;
  readonly choosing: Omit<ChoosePodOptions, 'signal' | 'onWaiting'>;
}

/** Receives the progress of an attempt. Each method except `onEvent` is called at most once. */
export interface AttemptObserver {
  onResolved(resolved: ChosenPod): void;
  onConnected(resolved: ChosenPod, ready: ReadyEvent): void;
  /**
   * Called when the attempt has failed. Not called after {@link Attempt.cancel} or {@link Attempt.drain}, because the
   * session then no longer depends on this attempt.
   */
  onFailed(failure: AttemptFailure): void;
  onEvent(event: ConnectionEvent | NoticeOf<'waiting'>): void;
}

type ReadyEvent = Extract<ForwardEvent, { readonly type: 'ready' }>;

/**
 * The time limit for opening a tunnel, after which the attempt fails. Without a limit, the connection to the API server
 * could hang for minutes on a network that drops packets. The limit is long enough to try three transports whose
 * handshakes get no answer.
 */
const CONNECT_LIMIT_MS = 20_000;
/**
 * Added to `podRunningTimeoutMs` to get the time limit for choosing a pod. Covers API requests, sign-in, and the time
 * until a running pod becomes Ready.
 */
const RESOLVE_EXTRA_MS = 80_000;
/**
 * How long connections may stay open after their pod is gone. After this time, the attempt is canceled, which resets
 * the connections. Without a limit, a kubelet may keep the tunnel open for hours.
 */
const GONE_LIMIT_MS = 60_000;
/**
 * The time between two checks whether the API server still answers. Only the `channel` transport needs these checks,
 * because it opens a WebSocket for each connection. While there is no connection, there is no WebSocket whose end would
 * show that the server is lost.
 */
const CHECK_INTERVAL_MS = 5_000;
/**
 * How long a check repeats its request until the server answers. After this time, the server counts as lost. A single
 * failed request does not show that the server is lost: a load balancer may find no server for this request, although
 * open connections continue.
 */
const CHECK_LIMIT_MS = 5_000;

/**
 * Chooses a pod, opens a tunnel and carries connections, until the tunnel is lost or the attempt is canceled or
 * drained.
 */
export class Attempt {
  readonly #options: AttemptOptions;
  readonly #observer: AttemptObserver;
  readonly #cancel = new AbortController();
  readonly #drain = new AbortController();
  readonly #owned = new DisposableStore();
  #phase: AttemptPhase = 'resolving';
  #failure: CodedError | undefined;
  #goneTimer: Disposable | undefined;
  readonly #done: Promise<void>;

  constructor(options: AttemptOptions, observer: AttemptObserver) {
    this.#options = options;
    this.#observer = observer;
    this.#done = this.#run();
  }

  /** Settles when the attempt has ended completely. Never rejects. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Ends the attempt and closes all of its connections at once. */
  cancel(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Ends the attempt when its open connections have finished. If the attempt is not connected yet, cancels it. */
  drain(): void {
    if (this.#phase === 'connected') this.#drain.abort();
    else this.cancel();
  }

  /**
   * Cancels the attempt after {@link GONE_LIMIT_MS}, because connections to a deleted pod may never end by themselves.
   */
  podIsGone(): void {
    this.#goneTimer ??= this.#owned.add(this.#options.clock.setTimer(GONE_LIMIT_MS, () => this.cancel()));
  }

  async #run(): Promise<void> {
    // Continues after the constructor has returned. Otherwise the observer could be called before the caller has a
    // reference to this attempt.
    await Promise.resolve();
    let resolved: ChosenPod | undefined;
    try {
      this.#cancel.signal.throwIfAborted();
      await this.#options.prepare();
      this.#cancel.signal.throwIfAborted();
      resolved = await this.#resolve();
      this.#phase = 'connecting';
      this.#observer.onResolved(resolved);
      await this.#forward(resolved);
    } catch (error) {
      this.#failure ??= toCoded(error);
    } finally {
      this.#owned.dispose();
    }
    const wasAskedTo = this.#cancel.signal.aborted || this.#drain.signal.aborted;
    if (this.#failure === undefined || wasAskedTo) return;
    const isUnread = resolved?.pod.uid === '';
    this.#observer.onFailed({ error: this.#failure, phase: this.#phase, isUnread });
  }

  async #resolve(): Promise<ChosenPod> {
    const { target, choosing, clock } = this.#options;
    const limitMs = choosing.podRunningTimeoutMs + RESOLVE_EXTRA_MS;
    using limit = deadline(this.#cancel.signal, limitMs, () => timedOut('the API server', limitMs), clock);
    const { signal } = limit;
    const onWaiting = (error: CodedError) => {
      if (!signal.aborted) this.#observer.onEvent({ type: 'waiting', error });
    };
    return await raceAbort(target.resolve({ ...choosing, signal, onWaiting }), signal);
  }

  async #forward(resolved: ChosenPod): Promise<void> {
    const { forwardPod, listener, localPorts, counts, transport, transportMemory, createTapOwner, clock } =
      this.#options;
    const { restConfig, pod, remotePorts } = resolved;
    const stop = new AbortController();
    this.#owned.add(onAbort(this.#cancel.signal, () => stop.abort(this.#cancel.signal.reason)));
    const limit = this.#owned.add(
      clock.setTimer(CONNECT_LIMIT_MS, () =>
        this.#giveUp(timedOut(restConfig.server.origin, CONNECT_LIMIT_MS), stop),
      ),
    );
    await forwardPod({
      restConfig,
      pod,
      ports: remotePorts.map((remote, index) => ({ local: localPorts[index] ?? 0, remote })),
      listener: {
        // A canceled attempt must not attach to the listener, because the next attempt may already be attached.
        attach: async (pairs, onConnection) => {
          this.#cancel.signal.throwIfAborted();
          return await listener.attach(pairs, onConnection);
        },
        requeue: (socket) => listener.requeue(socket),
      },
      counts,
      transportMemory,
      clock,
      redials: false,
      stop: stop.signal,
      drain: this.#drain.signal,
      ...defined({ transport, createTapOwner }),
      onEvent: (event) => {
        if (event.type === 'ready') {
          limit.dispose();
          this.#phase = 'connected';
          if (event.transport === 'channel') this.#watchServer(resolved, stop);
          this.#observer.onConnected(resolved, event);
        } else if (event.type !== 'starting' && event.type !== 'stopped') {
          this.#observer.onEvent(event);
        }
      },
    });
  }

  /**
   * Stops `forwardPod`, and lets the attempt fail with the error. Stores the error, because a stopped `forwardPod`
   * resolves without an error.
   */
  #giveUp(error: CodedError, stop: AbortController): void {
    this.#failure ??= error;
    stop.abort(error);
  }

  /**
   * Checks regularly whether the API server answers. Needed for the `channel` transport, which opens a WebSocket for
   * each connection. While there is no connection, there is no WebSocket whose end would show that the server is lost.
   */
  #watchServer({ restConfig }: ChosenPod, stop: AbortController): void {
    const { probe, clock } = this.#options;
    let timer: Disposable | undefined;
    this.#owned.add(toDisposable(() => timer?.dispose()));
    this.#owned.add(toDisposable(() => stop.abort()));
    const schedule = () => {
      timer?.dispose();
      if (!stop.signal.aborted) timer = clock.setTimer(CHECK_INTERVAL_MS, check);
    };
    const check = () => {
      let reason = `no response for ${(CHECK_INTERVAL_MS + CHECK_LIMIT_MS) / 1000} s`;
      const lose = () => this.#giveUp(new CodedError('LOST_CONNECTION_TO_SERVER', { reason }), stop);
      timer = clock.setTimer(CHECK_LIMIT_MS, lose);
      const onFailure = (error: unknown) => {
        reason = describeError(error);
      };
      probe.untilReachable(restConfig, stop.signal, onFailure).then(schedule, () => timer?.dispose());
    };
    schedule();
  }
}

function timedOut(server: string, limitMs: number): CodedError {
  return new CodedError('TIMED_OUT', { server, seconds: limitMs / 1000 });
}
