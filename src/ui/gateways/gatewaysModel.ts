import { defined } from '../../base/defined.ts';
import {
  type ContextReference,
  contextKey,
  type GatewaySecret,
  type GatewaySpecification,
  type Holder,
  isSameContext,
} from '../../rpc/contract.ts';
import {
  type GatewayHolder,
  type GatewaySnapshot,
  type GatewayVariables,
  gatewaysChanged,
  gatewayVariables,
  listGateways,
  releaseGateway,
  restoreGateway,
  startGateway,
  stopGateway,
} from '../../rpc/gatewayContract.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import { HostList, restartSpecification } from '../host/hostList.ts';
import type { WindowHolders } from '../host/windowHolders.ts';
import { isUp } from '../present/forwardText.ts';

/** More programs than a window starts. */
const MAX_SECRETS = 100;

/** Namespaces to open by name. */
export interface NamespacesToOpen
  extends Pick<GatewaySpecification, 'context' | 'namespaces' | 'requestLog' | 'serviceLogs'> {
  /** Optional, default the port that the context had last, or the one of the settings, if it is free. */
  readonly localPort?: GatewaySpecification['localPort'];
  /** Optional, default none. The secrets of programs that still run: see `StartGateway`. */
  readonly secrets?: readonly GatewaySecret[];
}

export interface GatewaysModelOptions {
  readonly host: HostConnector;
  /** The holders of this window, which its forwards have too. */
  readonly holders: WindowHolders;
  /** The local port that a context prefers. */
  readonly preferredPort: (context: ContextReference) => number;
  /** The settings of every new forward. Optional, default none. */
  readonly readDefaults?: () => Pick<GatewaySpecification, 'requestLog'>;
}

/** The namespaces that are open by name, those of all windows and terminals: one gateway for each context. */
export class GatewaysModel extends HostList<NamespacesToOpen, GatewaySnapshot> {
  readonly #options: GatewaysModelOptions;
  /** The secrets of programs that this window started, by context. */
  readonly #secrets = new Map<string, readonly GatewaySecret[]>();

  constructor(options: GatewaysModelOptions) {
    super(options.host, options.holders, {
      ...{ list: listGateways, changed: gatewaysChanged, release: releaseGateway, restore: restoreGateway },
      moved: ({ gateways = [] }) => gateways,
    });
    this.#options = options;
  }

  /** The running gateway in which the namespace is open. */
  ofNamespace(context: ContextReference, namespace: string): GatewaySnapshot | undefined {
    return this.all.find((gateway) => {
      const { context: own, namespaces } = gateway.specification;
      return isSameContext(own, context) && namespaces.includes(namespace) && isUp(gateway);
    });
  }

  /**
   * Opens namespaces, in addition to those that are already open in their context. Resolves with the first state that shows whether connections work.
   * @param holder optional, default the user of this window
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
    // A new host must accept the secrets of programs from the host before.
    const known = [...secrets, ...(this.#secrets.get(contextKey(context)) ?? [])];
    return this.host.request(startGateway, {
      ...{ context, namespaces, holder, ...defined({ requestLog, serviceLogs }) },
      ...(known.length > 0 && { secrets: known }),
      localPort: localPort ?? { mode: 'preferred', port: preferredPort(context) },
    });
  }

  /** Closes namespaces for all their users. @param namespaces optional, default all of the gateway */
  async stop(id: string, namespaces?: readonly string[]): Promise<void> {
    await this.host.request(stopGateway, { id, ...(namespaces && { namespaces }) });
  }

  /** Stops a gateway and opens it again for the same users. Asks the user to sign in if needed. */
  async restart(gateway: GatewaySnapshot): Promise<GatewaySnapshot> {
    if (gateway.state.type === 'failed') return this.start(gateway.specification);
    await this.stop(gateway.id);
    return this.startAgain(gateway);
  }

  /**
   * The environment variables for a program. They contain a secret that is for this program alone.
   * @throws CodedError `FORWARD_NOT_FOUND` if the gateway is gone or has no port
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

  /** Links and programs know the local port. */
  protected again(lost: GatewaySnapshot, holder?: GatewayHolder): NamespacesToOpen {
    return { ...restartSpecification(lost, 'preferred'), ...(holder && { namespaces: holder.namespaces }) };
  }
}
