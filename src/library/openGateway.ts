import { defined } from '../base/defined.ts';
import { CodedError, usage } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { startOwnGateway, untilNamesRead } from '../gateway/ownGateway.ts';
import { gatewayAddresses, proxyVariables } from '../gateway/variables.ts';
import { loadTap } from '../inspect/loadTap.ts';
import type { Exchange } from '../kinds/exchange.ts';
import type { GatewayAddresses, GatewayState, NamedService } from '../kinds/gateway.ts';
import { isPort } from '../kinds/ports.ts';
import { isNamespaceName } from '../kinds/target.ts';
import type { TransportName } from '../kinds/transports.ts';
import { callProgram } from './callProgram.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';
import { Stoppable } from './stoppable.ts';

/** The options of {@link openGateway}: the cluster, the namespaces, and the local port. */
export interface OpenGatewayOptions extends ClusterOptions {
  /**
   * The namespaces whose services are reached by name. Optional, default the namespace of the kubeconfig's context. If
   * a program requests a service without a namespace, the gateway searches these namespaces in the given order.
   */
  readonly namespaces?: readonly string[];
  /**
   * The local port. Optional, default 8900, or another port if 8900 is in use. If set, the gateway uses exactly this
   * port, and fails if the port is in use. 0 means any free port.
   */
  readonly port?: number;
  /** Optional, default the first transport that works. */
  readonly transport?: TransportName;
  /** Optional. Closes the gateway when aborted, like {@link OpenedGateway.stop}. */
  readonly stop?: AbortSignal;
  /**
   * Optional. Called after an HTTP request to a service and its response have ended. Receives only their metadata: no
   * headers, no bodies and no query values. If a connection does not use HTTP, the whole connection is reported as one
   * exchange.
   */
  readonly onExchange?: (exchange: Exchange) => void;
}

/**
 * An open gateway. Programs reach the services of its namespaces by name until the gateway is closed. The
 * caller of {@link openGateway} closes the gateway with `stop()`, `await using` or the stop signal.
 */
export interface OpenedGateway extends AsyncDisposable {
  /**
   * Resolves with the addresses of the gateway when connections are possible. Rejects with the `CodedError`
   * that prevents connections, or with code `STOPPED` if the gateway is closed first. If nobody awaits this
   * promise, its rejection is not reported as unhandled.
   */
  readonly ready: Promise<GatewayAddresses>;
  readonly state: GatewayState;
  /** The current services of the namespaces. */
  readonly services: readonly NamedService[];
  /** Fires when the state or a service has changed. */
  readonly onDidChange: Event<void>;
  /**
   * Returns the environment variables with which a program reaches the services by name. Empty while the
   * gateway does not listen.
   */
  variables(): Readonly<Record<string, string>>;
  /** Stops listening and closes all connections. Resolves when the gateway has ended completely. */
  stop(): Promise<void>;
}

/**
 * Opens a gateway: on one local port, all services of the namespaces can be reached by name. Returns immediately. Only
 * programs on this machine can connect, and only to these namespaces. If the gateway cannot become ready, for example
 * because of invalid options, it ends: `ready` rejects with the `CodedError`, and `state` contains this error.
 */
export function openGateway(options: OpenGatewayOptions = {}): OpenedGateway {
  return new RunningGateway(options);
}

class RunningGateway extends Stoppable<GatewayAddresses> implements OpenedGateway {
  readonly #didChange = new Emitter<void>();
  #gateway: Gateway | undefined;
  /** The state after the gateway has begun to end. Undefined before. */
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
    return (this.#gateway?.services ?? []).map(({ namespace, name, url, hasSelector, readyPods, pods }) => ({
      ...{ namespace, name, hasSelector, readyPods, pods },
      ...defined({ url }),
    }));
  }

  variables(): Readonly<Record<string, string>> {
    const { localPort } = this.#gateway ?? {};
    return localPort === undefined ? {} : proxyVariables({ localPort, environment: process.env });
  }

  protected override async release(): Promise<void> {
    // If the gateway failed to start, its state must not change until `enter` sets `failed`. Without this line, a
    // program would first see the state `stopped`, although no state may follow `stopped`.
    this.#end ??= this.state;
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
    const createTapOwner = options.onExchange && (await loadTap(options.onExchange));
    signal.throwIfAborted();
    const namespaces = options.namespaces ?? [namespace];
    const gateway = startOwnGateway(
      { restConfig, context, namespaces, createTapOwner, ...defined({ port, transport }) },
      this.owned,
    );
    this.#gateway = gateway;
    gateway.onDidChange(() => this.#end === undefined && this.#didChange.fire());
    await untilNamesRead(gateway, signal);
    const { localPort = 0 } = gateway;
    this.isReady(gatewayAddresses(localPort));
  }
}

/**
 * Checks the options without network access.
 * @throws CodedError `INVALID_PORT`, `USAGE`
 */
function check({ namespaces, port }: OpenGatewayOptions): void {
  if (port !== undefined && !isPort(port, 0)) throw new CodedError('INVALID_PORT', { text: String(port) });
  if (namespaces?.length === 0) throw usage('specify at least one namespace');
  const wrong = namespaces?.find((name) => !isNamespaceName(name));
  if (wrong !== undefined) throw usage(`invalid namespace "${wrong}"`);
}
