import { type Clock, onAbort, raceAbort } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import { CodedError, describeError, toCoded } from '../base/errors.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { ConnectionCounts } from '../portforward/connectionCounts.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import type { ForwardEvent } from '../portforward/events.ts';
import type { ListenerLender } from '../portforward/listener.ts';
import type { PortForwardRequest } from '../portforward/request.ts';
import type { TransportMemory } from '../portforward/transport/transportMemory.ts';
import type { ConnectionEvent } from './notices.ts';
import type { ResolvedTarget, ResolveOptions, ServerProbe, SessionTarget } from './ports.ts';
import type { AttemptPhase } from './state.ts';

/** The engine: `portForwardPod`, or a fake of it. */
export type ForwardPod = (request: PortForwardRequest) => Promise<void>;

export interface AttemptOptions {
  readonly target: SessionTarget;
  /** Done before anything else. */
  readonly prepare: () => Promise<void>;
  readonly forwardPod: ForwardPod;
  readonly probe: ServerProbe;
  readonly listener: ListenerLender;
  readonly localPorts: readonly number[];
  readonly counts: ConnectionCounts;
  readonly transport: TransportName | undefined;
  /** What earlier attempts have learnt of the server's transports. */
  readonly transportMemory: TransportMemory;
  readonly openTapPlace?: OpenTapPlace | undefined;
  readonly clock: Clock;
  readonly patience: Omit<ResolveOptions, 'signal'>;
}

/** Whom an attempt tells what comes of it. Each is called at most once, but for `onEvent`. */
export interface AttemptObserver {
  onResolved(resolved: ResolvedTarget): void;
  onConnected(resolved: ResolvedTarget, ready: ReadyEvent): void;
  /** Not called when it was cancelled, or has drained. */
  onFailed(error: CodedError, phase: AttemptPhase): void;
  onEvent(event: ConnectionEvent): void;
}

type ReadyEvent = Extract<ForwardEvent, { readonly type: 'ready' }>;

/**
 * The longest that opening a tunnel may take, milliseconds: a network that drops packets lets a connection hang for minutes.
 * Enough for three transports whose handshakes are not answered.
 */
const CONNECT_LIMIT_MS = 20_000;
/** Added to the wait for a pod: time for API requests, sign-in, and a pod that runs to become ready. */
const RESOLVE_EXTRA_MS = 80_000;
/** A kubelet may leave the tunnel to a pod open that is gone, for hours. Milliseconds. */
const GONE_LIMIT_MS = 60_000;
/** How often a server is asked whether it is there, where no tunnel tells. Milliseconds. */
const CHECK_INTERVAL_MS = 5_000;

/** One try: choose a pod, open a tunnel, carry connections until it is lost, cancelled, or has drained. */
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

  /** Settles when nothing of it is left. Never rejects. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** Cuts off what it carries. */
  cancel(): void {
    this.#cancel.abort(new CodedError('STOPPED'));
  }

  /** Lets what is open go on to its end; where it has not connected yet there is nothing to let. */
  drain(): void {
    if (this.#phase === 'connected') this.#drain.abort();
    else this.cancel();
  }

  /** Its pod is no more: what is still open after a while never ends by itself. */
  podIsGone(): void {
    this.#goneTimer ??= this.#owned.add(this.#options.clock.setTimer(GONE_LIMIT_MS, () => this.cancel()));
  }

  async #run(): Promise<void> {
    // The observer learns nothing before the constructor has returned.
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

  async #resolve(): Promise<ResolvedTarget> {
    const { target, patience, clock } = this.#options;
    const limitMs = patience.patienceMs + RESOLVE_EXTRA_MS;
    const limit = new AbortController();
    const abort = onAbort(this.#cancel.signal, () => limit.abort(this.#cancel.signal.reason));
    const timer = clock.setTimer(limitMs, () => limit.abort(timedOut('the API server', limitMs)));
    try {
      return await raceAbort(target.resolve({ ...patience, signal: limit.signal }), limit.signal);
    } finally {
      timer.dispose();
      abort.dispose();
    }
  }

  async #forward(resolved: ResolvedTarget): Promise<void> {
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
        // Once it is cancelled, the next attempt may have borrowed the listener already.
        lend: async (pairs, onConnection) => {
          this.#cancel.signal.throwIfAborted();
          return await listener.lend(pairs, onConnection);
        },
        takeBack: (socket) => listener.takeBack(socket),
      },
      counts,
      transportMemory,
      clock,
      redials: false,
      stop: stop.signal,
      drain: this.#drain.signal,
      ...(transport !== undefined && { transport }),
      ...(openTapPlace !== undefined && { openTapPlace }),
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

  /** The engine takes a stop for no failure: the reason is kept here. */
  #giveUp(error: CodedError, stop: AbortController): void {
    this.#failure ??= error;
    stop.abort(error);
  }

  /** By the channel transport nothing is open between connections, so nothing breaks when the server goes. */
  #watchServer({ restConfig }: ResolvedTarget, stop: AbortController): void {
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
