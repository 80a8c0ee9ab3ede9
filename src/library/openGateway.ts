import { onAbort, systemClock } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError, toCoded } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Gateway } from '../gateway/gateway.ts';
import { gatewayLocalPort } from '../gateway/localPort.ts';
import { gatewayAddresses, proxyVariables } from '../gateway/variables.ts';
import { contextSlug } from '../kinds/contextSlug.ts';
import type { Exchange } from '../kinds/exchange.ts';
import {
  type GatewayAddresses,
  type GatewayState,
  gatewayProblem,
  type NamedService,
} from '../kinds/gateway.ts';
import { isPort } from '../kinds/ports.ts';
import { isObjectName } from '../kinds/target.ts';
import type { TransportName } from '../kinds/transports.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import { RestServerProbe } from '../session/serverProbe.ts';
import { SleepWatch } from '../session/sleepWatch.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';
import { loadTap } from './loadTap.ts';

/** The namespaces to open by name, and the local port. */
export interface OpenGatewayOptions extends ClusterOptions {
  /**
   * Optional, default the namespace of the kubeconfig's context. For a name without a namespace, the namespaces are searched in
   * their order.
   */
  readonly namespaces?: readonly string[];
  /** Optional, default 8900, or another port if 8900 is taken. A given port must be free; 0 is any free port. */
  readonly port?: number;
  /** Optional, default the first transport that works. */
  readonly transport?: TransportName;
  /** Optional. Closes the gateway when aborted, like {@link OpenedGateway.stop}. */
  readonly stop?: AbortSignal;
  /**
   * Optional. Called with each HTTP request that has passed to a service, and its response: metadata, without headers, bodies and the
   * values of the query. A connection of another protocol counts as one.
   */
  readonly onExchange?: (exchange: Exchange) => void;
}

/**
 * Namespaces that are open by name until they are closed. The caller of {@link openGateway} closes them by `stop()`, `await
 * using` or the stop signal.
 */
export interface OpenedGateway extends AsyncDisposable {
  /**
   * Resolves when connections can pass. Rejects with the `CodedError` that prevents it, or with `STOPPED`. You do not have to
   * await it.
   */
  readonly ready: Promise<GatewayAddresses>;
  readonly state: GatewayState;
  /** The current services of the namespaces. */
  readonly services: readonly NamedService[];
  /** Fires when the state or a service has changed. */
  readonly onDidChange: Event<void>;
  /** Returns the environment variables with which a program reaches the services by name; none before the gateway is ready. */
  variables(): Readonly<Record<string, string>>;
  /** Closes all connections. Resolves when the gateway has ended completely. */
  stop(): Promise<void>;
}

/**
 * Opens all services of namespaces by name on one local port, and returns at once. Only programs of this machine can connect,
 * and only to these namespaces. Each failure before the gateway is ready, including invalid options, ends the gateway: `ready` and
 * `state` carry the `CodedError`.
 */
export function openGateway(options: OpenGatewayOptions = {}): OpenedGateway {
  return new RunningGateway(options);
}

class RunningGateway implements OpenedGateway {
  readonly #owned = new DisposableStore();
  readonly #ready = Promise.withResolvers<GatewayAddresses>();
  readonly #didChange = new Emitter<void>();
  readonly #stopping = new AbortController();
  #gateway: Gateway | undefined;
  #end: Extract<GatewayState, { readonly type: 'failed' | 'stopping' | 'stopped' }> | undefined;
  #closing: Promise<void> | undefined;

  readonly ready = this.#ready.promise;
  readonly onDidChange: Event<void> = this.#didChange.event;

  constructor(options: OpenGatewayOptions) {
    // A program may use `state` only, so a rejected `ready` must not count as unhandled.
    this.ready.catch(() => {});
    if (options.stop !== undefined) this.#owned.add(onAbort(options.stop, () => void this.stop()));
    this.#start(options).catch((error: unknown) => this.#fail(toCoded(error)));
  }

  get state(): GatewayState {
    return this.#end ?? this.#gateway?.state ?? { type: 'starting' };
  }

  get services(): readonly NamedService[] {
    return (this.#gateway?.services ?? []).map(({ namespace, name, url, readyPods, pods }) => ({
      ...{ namespace, name, readyPods, pods },
      ...(url !== undefined && { url }),
    }));
  }

  variables(): Readonly<Record<string, string>> {
    const { localPort } = this.#gateway ?? {};
    return localPort === undefined ? {} : proxyVariables({ localPort, environment: process.env });
  }

  async stop(): Promise<void> {
    if (this.#closing === undefined) {
      this.#stopping.abort(new CodedError('STOPPED'));
      this.#end = { type: 'stopping' };
      this.#didChange.fire();
    }
    await this.#close({ type: 'stopped' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #start(options: OpenGatewayOptions): Promise<void> {
    const { signal } = this.#stopping;
    check(options);
    const { restConfig, namespace } = await clusterOf(options);
    signal.throwIfAborted();
    const { port, transport, context = restConfig.server.host } = options;
    const cluster = this.#owned.add(connectCluster(restConfig));
    const sleep = this.#owned.add(new SleepWatch(systemClock, Date.now));
    const openTapPlace = options.onExchange && (await loadTap(options.onExchange));
    signal.throwIfAborted();
    const gateway = new Gateway({
      context,
      slug: contextSlug(context, context, new Set()),
      namespaces: options.namespaces ?? [namespace],
      localPort: gatewayLocalPort(port),
      access: () => Promise.resolve({ restConfig, cluster }),
      clock: systemClock,
      probe: new RestServerProbe(systemClock),
      onDidWake: sleep.onDidWake,
      openTapPlace,
      ...(transport !== undefined && { transport }),
    });
    this.#gateway = gateway;
    gateway.onDidChange(() => this.#didChange.fire());
    await gateway.settled();
    signal.throwIfAborted();
    const problem = gatewayProblem(gateway);
    if (problem !== undefined) throw problem;
    const { localPort = 0 } = gateway;
    this.#ready.resolve(gatewayAddresses(localPort));
  }

  #fail(error: CodedError): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort(error);
    void this.#close({ type: 'failed', error });
  }

  #close(end: Extract<GatewayState, { readonly type: 'failed' | 'stopped' }>): Promise<void> {
    this.#closing ??= this.#release(end);
    return this.#closing;
  }

  async #release(end: Extract<GatewayState, { readonly type: 'failed' | 'stopped' }>): Promise<void> {
    await this.#gateway?.stop();
    this.#owned.dispose();
    this.#end = end;
    this.#ready.reject(this.#stopping.signal.reason);
    this.#didChange.fire();
    this.#didChange.dispose();
  }
}

/** @throws CodedError `INVALID_PORT`, `USAGE` */
function check({ namespaces, port }: OpenGatewayOptions): void {
  if (port !== undefined && !isPort(port, 0)) throw new CodedError('INVALID_PORT', { text: String(port) });
  if (namespaces?.length === 0) throw new CodedError('USAGE', { reason: 'specify at least one namespace' });
  const wrong = namespaces?.find((name) => !isObjectName(name));
  if (wrong !== undefined) throw new CodedError('USAGE', { reason: `invalid namespace "${wrong}"` });
}
