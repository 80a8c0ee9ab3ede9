import { deadline, onAbort, raceAbort } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, toCoded } from '../base/errors.ts';
import type { ConnectionEvent, ForwardEvent, NoticeOf } from '../kinds/forwardNotice.ts';
import type { ConnectionCounts } from '../portforward/connectionCounts.ts';
import type { ConnectionSource } from '../portforward/listener.ts';
import type { TransportMemory } from '../portforward/transport/transportMemory.ts';
import type { ChoosePodOptions, ChosenPod } from './ports.ts';
import type { SessionSettings } from './sessionOptions.ts';
import type { AttemptPhase } from './state.ts';

/** The session's options, and the parts that its attempts share. */
export interface AttemptOptions extends SessionSettings {
  /** Runs before everything else. */
  readonly prepare: () => Promise<void>;
  readonly listener: ConnectionSource;
  readonly localPorts: readonly number[];
  readonly counts: ConnectionCounts;
  /** The facts about the server's transports that earlier attempts found out. */
  readonly transportMemory: TransportMemory;
  readonly choosing: Omit<ChoosePodOptions, 'signal' | 'onWaiting'>;
}

/** Receives the progress of an attempt. Each method except `onEvent` is called at most once. */
export interface AttemptObserver {
  onResolved(resolved: ChosenPod): void;
  onConnected(resolved: ChosenPod, ready: ReadyEvent): void;
  /** Not called for an attempt that was canceled or has drained. */
  onFailed(error: CodedError, phase: AttemptPhase): void;
  onEvent(event: ConnectionEvent | NoticeOf<'waiting'>): void;
}

type ReadyEvent = Extract<ForwardEvent, { readonly type: 'ready' }>;

/**
 * Time limit for opening a tunnel. A network that drops packets lets a connection hang for minutes. The limit leaves room for
 * three transports with unanswered handshakes.
 */
const CONNECT_LIMIT_MS = 20_000;
/** Added to the pod wait: time for API requests, sign-in, and a running pod that becomes Ready. */
const RESOLVE_EXTRA_MS = 80_000;
/** A kubelet may keep the tunnel to a deleted pod open for hours. */
const GONE_LIMIT_MS = 60_000;
/** Time between two questions to a server that no open tunnel watches. */
const CHECK_INTERVAL_MS = 5_000;

/** Chooses a pod, opens a tunnel and carries connections until the tunnel is lost, canceled or drained. */
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

  /** Cuts off all connections of the attempt. */
  cancel(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Lets open connections finish. Cancels at once if not connected yet. */
  drain(): void {
    if (this.#phase === 'connected') this.#drain.abort();
    else this.cancel();
  }

  /** Cancels after {@link GONE_LIMIT_MS}: connections to a deleted pod may never end by themselves. */
  podIsGone(): void {
    this.#goneTimer ??= this.#owned.add(this.#options.clock.setTimer(GONE_LIMIT_MS, () => this.cancel()));
  }

  async #run(): Promise<void> {
    // The observer hears nothing before the constructor returns.
    await Promise.resolve();
    try {
      this.#cancel.signal.throwIfAborted();
      await this.#options.prepare();
      this.#cancel.signal.throwIfAborted();
      const resolved = await this.#resolve();
      this.#phase = 'connecting';
      this.#observer.onResolved(resolved);
      await this.#forward(resolved);
    } catch (error) {
      this.#failure ??= toCoded(error);
    } finally {
      this.#owned.dispose();
    }
    const wasAskedTo = this.#cancel.signal.aborted || this.#drain.signal.aborted;
    if (this.#failure !== undefined && !wasAskedTo) this.#observer.onFailed(this.#failure, this.#phase);
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
    const { forwardPod, listener, localPorts, counts, transport, transportMemory, openTapPlace, clock } =
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
        // After a cancellation the next attempt may be attached already.
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
      ...defined({ transport, openTapPlace }),
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

  /** Stops the engine and keeps the reason, because the engine reports a stop without an error. */
  #giveUp(error: CodedError, stop: AbortController): void {
    this.#failure ??= error;
    stop.abort(error);
  }

  /** Asks the server regularly: the channel transport has no open tunnel between connections whose end would show the loss. */
  #watchServer({ restConfig }: ChosenPod, stop: AbortController): void {
    const { probe, clock } = this.#options;
    const lose = (error: unknown) =>
      this.#giveUp(
        new CodedError('LOST_CONNECTION_TO_SERVER', { reason: describeError(error) }, error),
        stop,
      );
    const check = () => {
      probe.untilReachable(restConfig, stop.signal, lose).then(schedule, () => {});
    };
    const schedule = () => {
      if (!stop.signal.aborted) this.#owned.add(clock.setTimer(CHECK_INTERVAL_MS, check));
    };
    schedule();
  }
}

function timedOut(server: string, limitMs: number): CodedError {
  return new CodedError('TIMED_OUT', { server, seconds: limitMs / 1000 });
}
