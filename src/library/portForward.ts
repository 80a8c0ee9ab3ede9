import type { Writable } from 'node:stream';
import { DEFAULT_ADDRESSES } from '../base/address.ts';
import { defined } from '../base/defined.ts';
import { type CodedError, usage } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { loadTap } from '../inspect/loadTap.ts';
import type { Exchange } from '../kinds/exchange.ts';
import type { PodReference } from '../kinds/forwardNotice.ts';
import { checkTimes } from '../kinds/forwardTimes.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { parseTarget } from '../kinds/target.ts';
import type { TransportName } from '../kinds/transports.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import { parsePortRequests } from '../kube/target/portRequest.ts';
import { writeForwardText } from '../portforward/forwardText.ts';
import { validateAddresses } from '../portforward/request.ts';
import { openSession } from '../session/openSession.ts';
import type { Session } from '../session/session.ts';
import type { SessionState } from '../session/state.ts';
import { callProgram } from './callProgram.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';
import { Stoppable } from './stoppable.ts';

/** The options of {@link portForward}: the cluster, the target, the ports, and the stop signal. */
export interface PortForwardOptions extends ClusterOptions {
  /**
   * A target in kubectl's syntax: `svc/web`, `deployment/web`, `web` (a pod), or `-l app=web` (a label
   * selector).
   */
  readonly target: string;
  /**
   * At least one port in kubectl's syntax: `80` (local port 80 to port 80), `'8080:80'` (local port 8080 to port 80),
   * or `':http'` (any free local port to the port named `http`).
   */
  readonly ports: readonly (number | string)[];
  /**
   * Optional, default the namespace of the kubeconfig's context. If the context has none: in a pod, `POD_NAMESPACE` or
   * the pod's namespace, else `default`.
   */
  readonly namespace?: string;
  /**
   * The local addresses to listen on: `localhost` (both loopback addresses) and IP addresses of this machine.
   * Optional, default `['localhost']`.
   */
  readonly addresses?: readonly string[];
  /** Optional, default true. Whether the forward reconnects after it has lost its pod or the API server. */
  readonly reconnect?: boolean;
  /** Optional, default 60,000. How long the forward waits for a running pod when it starts, in milliseconds. */
  readonly podRunningTimeoutMs?: number;
  /**
   * Optional, default false. If true, the forward never uses a pod that is not Ready. If false, a forward to a pod
   * starts as soon as the pod runs. A forward to any other target waits two seconds for a Ready pod, and then starts
   * with a running pod.
   */
  readonly requireReady?: boolean;
  /**
   * Optional, default 600,000. If the target is deleted after the forward was connected: how long the forward waits for
   * a target of the same name, in milliseconds. With 0, the forward ends when its pod ends, like kubectl.
   */
  readonly waitForTargetMs?: number;
  /** Optional, default the first transport that works. */
  readonly transport?: TransportName;
  /** Optional. Ends the forward when aborted, like {@link PortForward.stop}. */
  readonly stop?: AbortSignal;
  /**
   * Optional. The forward writes to these streams the lines that kubectl would print. It does not close the streams.
   */
  readonly streams?: { readonly out: Writable; readonly err: Writable };
  /**
   * Optional. Called after an HTTP request and its response have ended. Receives only their metadata: no headers, no
   * bodies and no query values. If a connection does not use HTTP, the whole connection is reported as one exchange.
   */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** The state of a forward. Connections reach the pod only while the state is `ready`. */
export type PortForwardState =
  | { readonly type: 'starting' }
  | { readonly type: 'ready'; readonly pod: PodReference; readonly transport: TransportName }
  | { readonly type: 'reconnecting'; readonly error: CodedError }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: CodedError };

/**
 * A forward that runs until it is stopped. The caller of {@link portForward} stops the forward with `stop()`,
 * `await using` or the stop signal.
 */
export interface PortForward extends AsyncDisposable {
  /**
   * Resolves with the local addresses when the forward is ready for the first time. Rejects with the
   * `CodedError` that ends the forward before that, or with code `STOPPED` if the forward is stopped first.
   * If nobody awaits this promise, its rejection is not reported as unhandled.
   */
  readonly ready: Promise<readonly BoundAddress[]>;
  /**
   * Resolves when the forward has been stopped. Rejects if the forward has failed, with the `CodedError` that ended it.
   * If nobody awaits this promise, its rejection is not reported as unhandled.
   */
  readonly ended: Promise<void>;
  /** The addresses that the forward listens on. Empty while it does not listen. */
  readonly addresses: readonly BoundAddress[];
  readonly state: PortForwardState;
  /** Fires with the new state whenever the state changes. */
  readonly onDidChangeState: Event<PortForwardState>;
  /** Stops listening and closes all connections. Resolves when the forward has ended completely. */
  stop(): Promise<void>;
}

/**
 * Starts a forward to a pod, service or workload, and returns at once. If the pod is replaced or the API
 * server is lost, the forward reconnects and keeps its local port. If the forward fails, for example because
 * of invalid options, the forward ends: `ready` and `ended` reject with the `CodedError`, and `state`
 * contains this error.
 */
export function portForward(options: PortForwardOptions): PortForward {
  return new RunningForward(options);
}

class RunningForward extends Stoppable<readonly BoundAddress[]> implements PortForward {
  readonly #ended = Promise.withResolvers<void>();
  readonly #didChangeState = new Emitter<PortForwardState>();
  #session: Session | undefined;
  #state: PortForwardState = { type: 'starting' };

  readonly ended = this.#ended.promise;
  readonly onDidChangeState: Event<PortForwardState> = (listener) =>
    this.#didChangeState.event((state) => callProgram(listener, state));

  constructor(options: PortForwardOptions) {
    super();
    // A program need not await `ended`. Without this handler, a rejection would then be reported as
    // unhandled.
    this.ended.catch(() => {});
    this.begin(options.stop, (signal) => this.#start(options, signal));
  }

  get state(): PortForwardState {
    return this.#state;
  }

  get addresses(): readonly BoundAddress[] {
    return this.#session?.addresses ?? [];
  }

  protected override async release(): Promise<void> {
    await this.#session?.stop();
  }

  protected override enter(state: PortForwardState): void {
    this.#state = state;
    this.#didChangeState.fire(state);
    if (state.type !== 'stopped' && state.type !== 'failed') return;
    this.#didChangeState.dispose();
    if (state.type === 'failed') this.#ended.reject(state.error);
    else this.#ended.resolve();
  }

  async #start(options: PortForwardOptions, signal: AbortSignal): Promise<void> {
    const target = parseTarget(options.target);
    const ports = parsePortRequests(options.ports.map(String), target);
    if (ports.length === 0) throw usage('specify at least one port');
    validateAddresses(options.addresses ?? DEFAULT_ADDRESSES);
    checkTimes(options);
    const location = await clusterOf(options);
    signal.throwIfAborted();
    const namespace = options.namespace ?? location.namespace;
    const cluster = this.owned.add(connectCluster(location.restConfig));
    const createTapOwner = options.onExchange && (await loadTap(options.onExchange));
    const { podRunningTimeoutMs, waitForTargetMs, transport, streams } = options;
    this.#session = await openSession({
      access: { restConfig: location.restConfig, cluster },
      target,
      namespace,
      ports,
      addresses: options.addresses ?? DEFAULT_ADDRESSES,
      reconnects: options.reconnect ?? true,
      requiresReady: options.requireReady ?? false,
      ...defined({ podRunningTimeoutMs, waitForTargetMs, transport, createTapOwner }),
      onNotice: (notice) => {
        if (notice.type === 'ready' && notice.isFirst) this.isReady(notice.addresses);
        if (streams !== undefined) writeForwardText(notice, streams);
      },
      signal,
    });
    this.#session.onDidChange((state) => this.#follow(state));
  }

  #follow(state: SessionState): void {
    if (state.type === 'failed') return this.fail(state.error);
    // Ignores the states `stopping` and `stopped` of the session, because `Stoppable.stop` calls `enter` with these
    // states itself.
    if (state.type !== 'stopping' && state.type !== 'stopped') this.enter(toPublicState(state));
  }
}

function toPublicState(
  state: Exclude<SessionState, { readonly type: 'stopping' | 'stopped' | 'failed' }>,
): PortForwardState {
  switch (state.type) {
    case 'starting':
      return { type: 'starting' };
    case 'ready':
      return { type: 'ready', pod: state.pod, transport: state.transport };
    case 'reconnecting':
      return { type: 'reconnecting', error: state.error };
  }
}
