import { defined } from '../../base/defined.ts';
import type { LocalPort } from '../../kinds/ports.ts';
import { type ContextReference, contextKey, isSameContext } from '../../rpc/clustersContract.ts';
import {
  type GatewayHolder,
  type GatewaySecret,
  type GatewaySnapshot,
  type GatewaySpecification,
  type GatewayVariables,
  gatewaysChanged,
  gatewayVariables,
  listGateways,
  releaseGateway,
  restoreGateway,
  startGateway,
  stopGateway,
} from '../../rpc/gatewayContract.ts';
import type { Holder } from '../../rpc/holdersContract.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import { HostList, restartSpecification, unlessEnded } from '../host/hostList.ts';
import type { WindowHolders } from '../host/windowHolders.ts';
import { isUp } from '../present/forwardText.ts';

/**
 * The maximum number of secrets to remember for each context. Each program that uses the gateway has its own secret. If
 * a window starts more programs than this, it forgets the oldest secrets. If the host then ends, the gateway of the
 * next host rejects the programs that have these secrets.
 */
const MAX_SECRETS = 100;

/** The namespaces of a context that a window asks the host to open, so that programs reach their services by name. */
export interface NamespacesToOpen
  extends Pick<GatewaySpecification, 'context' | 'namespaces' | 'requestLog' | 'serviceLogs'> {
  /**
   * The local port for the gateway if this request starts it; a gateway that already runs keeps its port. Optional,
   * default: prefers the last local port of the context's gateway, or if there is none, the port from the settings.
   */
  readonly localPort?: LocalPort;
  /**
   * The secrets that an older host gave to programs that still run. The gateway of the new host accepts the connections
   * of these programs (see `StartGateway`). Optional, default none.
   */
  readonly secrets?: readonly GatewaySecret[];
}

export interface GatewaysModelOptions {
  readonly host: HostConnector;
  /**
   * Creates and remembers the holders of this window. A holder represents one user of a forward or gateway. This must
   * be the same object as {@link HostList.holders} of the list of forwards, so that the person in this window is the
   * same holder for all forwards and gateways.
   */
  readonly holders: WindowHolders;
  /** Returns the local port to try first for the gateway of a context. */
  readonly preferredPort: (context: ContextReference) => number;
  /** Returns the settings that apply to every new gateway. Optional, default none. */
  readonly readDefaults?: () => Pick<GatewaySpecification, 'requestLog'>;
}

/**
 * The gateways of all windows and terminals. Each context has at most one gateway, which serves all open namespaces of
 * the context.
 */
export class GatewaysModel extends HostList<NamespacesToOpen, GatewaySnapshot> {
  readonly #options: GatewaysModelOptions;
  /**
   * The secrets that programs started by this window use, by context. If the host ends, the programs keep their
   * secrets, so the window sends these secrets to the next host.
   */
  readonly #secrets = new Map<string, readonly GatewaySecret[]>();

  constructor(options: GatewaysModelOptions) {
    super(options.host, options.holders, {
      ...{ list: listGateways, changed: gatewaysChanged, release: releaseGateway, restore: restoreGateway },
      moved: ({ gateways = [] }) => gateways,
    });
    this.#options = options;
  }

  /** Returns the running gateway that serves the namespace. Undefined if there is none. */
  ofNamespace(context: ContextReference, namespace: string): GatewaySnapshot | undefined {
    return this.all.find((gateway) => {
      const { context: own, namespaces } = gateway.specification;
      return isSameContext(own, context) && namespaces.includes(namespace) && isUp(gateway);
    });
  }

  /**
   * Opens namespaces by name in the gateway of their context. If the gateway does not run, starts it. If the gateway
   * runs, its other namespaces stay open. Resolves when the gateway is ready or has a first error.
   * @param holder who uses the namespaces, which stay open until this holder is released. Optional, default: the person
   *   in this window
   * @throws CodedError if the host cannot be reached
   */
  start(
    {
      context,
      namespaces,
      localPort,
      secrets = [],
      requestLog = this.#options.readDefaults?.().requestLog,
      serviceLogs,
    }: NamespacesToOpen,
    holder: Holder = this.holders.person,
  ): Promise<GatewaySnapshot> {
    const { preferredPort } = this.#options;
    // A new host must also accept the secrets that an earlier host created, because programs that still run use them.
    const known = [...secrets, ...(this.#secrets.get(contextKey(context)) ?? [])];
    return this.host.request(startGateway, {
      ...{ context, namespaces, holder, ...defined({ requestLog, serviceLogs }) },
      ...(known.length > 0 && { secrets: known }),
      localPort: localPort ?? { mode: 'preferred', port: preferredPort(context) },
    });
  }

  /**
   * Closes namespaces of a gateway for all its users (holders). If no namespace remains open, the gateway ends.
   * @param namespaces optional, default all namespaces of the gateway
   */
  async stop(id: string, namespaces?: readonly string[]): Promise<void> {
    await this.host.request(stopGateway, { id, ...defined({ namespaces }) }).catch(unlessEnded);
  }

  /**
   * Stops a gateway and starts it again for the same holders. The host asks the user to sign in if that is needed.
   */
  async restart(gateway: GatewaySnapshot): Promise<GatewaySnapshot> {
    const { id, specification } = gateway;
    const { context } = specification;
    // If an exec plugin of the kubeconfig has changed, asks the user to allow it before the gateway stops. If the user
    // refuses, the gateway keeps running.
    await this.host.ask(restoreGateway, { id, holder: this.holders.person, context });
    await this.stop(id);
    return this.startAgain(gateway, { context });
  }

  /**
   * Returns the environment variables with which a program connects through the gateway. Pass them to one program only:
   * they contain a secret that identifies the program.
   * @throws CodedError `FORWARD_NOT_FOUND` if the gateway has ended or has no port
   */
  async variables(parameters: GatewayVariables): Promise<Readonly<Record<string, string>>> {
    const { variables, secret } = await this.host.request(gatewayVariables, parameters);
    const { id, namespaces = [] } = parameters;
    const gateway = this.find(id);
    if (gateway === undefined) return variables;
    const key = contextKey(gateway.specification.context);
    this.#secrets.set(key, [...(this.#secrets.get(key) ?? []), { secret, namespaces }].slice(-MAX_SECRETS));
    return variables;
  }

  /**
   * Returns the request that starts a gateway again after its host was lost or has forgotten the gateway. The request
   * prefers the same local port, because links and running programs use that port.
   * @param holder the holder whose namespaces the request opens. Optional, default: the request opens all namespaces
   */
  protected again(lost: GatewaySnapshot, holder?: GatewayHolder): NamespacesToOpen {
    return { ...restartSpecification(lost, 'preferred'), ...(holder && { namespaces: holder.namespaces }) };
  }
}
