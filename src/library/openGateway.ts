import { systemClock } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { Gateway } from '../gateway/gateway.ts';
import { gatewayLocalPort } from '../gateway/localPort.ts';
import { gatewayAddresses, proxyVariables } from '../gateway/variables.ts';
import { loadTap } from '../inspect/loadTap.ts';
import { contextSlug } from '../kinds/contextSlug.ts';
import type { Exchange } from '../kinds/exchange.ts';
import {
  type GatewayAddresses,
  type GatewayState,
  type NamedService,
  namesProblem,
} from '../kinds/gateway.ts';
import { isPort } from '../kinds/ports.ts';
import { isObjectName } from '../kinds/target.ts';
import type { TransportName } from '../kinds/transports.ts';
import { connectCluster } from '../kube/cluster/cluster.ts';
import { RestServerProbe } from '../session/serverProbe.ts';
import { SleepWatch } from '../session/sleepWatch.ts';
import { callProgram } from './callProgram.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';
import { Stoppable } from './stoppable.ts';

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

class RunningGateway extends Stoppable<GatewayAddresses> implements OpenedGateway {
  readonly #didChange = new Emitter<void>();
  #gateway: Gateway | undefined;
  #end: GatewayState | undefined;

  readonly onDidChange: Event<void> = (listener) =>
    this.#didChange.event(() => callProgram(listener, undefined));

  constructor(options: OpenGatewayOptions) {
    super();
    this.begin(options.stop, (signal) => this.#start(options, signal));
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

  protected override async release(): Promise<void> {
    await this.#gateway?.stop();
  }

  protected override enter(end: GatewayState): void {
    this.#end = end;
    this.#didChange.fire();
    if (end.type !== 'stopping') this.#didChange.dispose();
  }

  async #start(options: OpenGatewayOptions, signal: AbortSignal): Promise<void> {
    check(options);
    const { restConfig, namespace } = await clusterOf(options);
    signal.throwIfAborted();
    const { port, transport, context = restConfig.server.host } = options;
    const cluster = this.owned.add(connectCluster(restConfig));
    const sleep = this.owned.add(new SleepWatch(systemClock, Date.now));
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
    const problem = namesProblem(gateway);
    if (problem !== undefined) throw problem;
    const { localPort = 0 } = gateway;
    this.isReady(gatewayAddresses(localPort));
  }
}

/** @throws CodedError `INVALID_PORT`, `USAGE` */
function check({ namespaces, port }: OpenGatewayOptions): void {
  if (port !== undefined && !isPort(port, 0)) throw new CodedError('INVALID_PORT', { text: String(port) });
  if (namespaces?.length === 0) throw new CodedError('USAGE', { reason: 'specify at least one namespace' });
  const wrong = namespaces?.find((name) => !isObjectName(name));
  if (wrong !== undefined) throw new CodedError('USAGE', { reason: `invalid namespace "${wrong}"` });
}
