import { defined } from '../../base/defined.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import {
  type ContextReference,
  contextKey,
  type GatewaySecret,
  type GatewaySpecification,
  type Holder,
  isSameContext,
  type StartGateway,
} from '../../rpc/contract.ts';
import {
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
import { toErrorInfo } from '../../rpc/rpcErrors.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import type { WindowHolders } from '../host/windowHolders.ts';
import { gatewayNeedsSignIn, isGatewayRunning } from '../present/gatewayText.ts';

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
export class GatewaysModel implements Disposable {
  readonly #options: GatewaysModelOptions;
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  readonly #needSignIn = this.#owned.add(new Emitter<GatewaySnapshot>());
  #gateways: readonly GatewaySnapshot[] = [];
  #lost: readonly GatewaySnapshot[] = [];
  #updates = 0;
  /** The secrets of programs that this window started, by context. */
  readonly #secrets = new Map<string, readonly GatewaySecret[]>();

  readonly onDidChange = this.#changed.event;
  /**
   * Fires when a gateway of this window needs the user to sign in again. Fires for one gateway only, because a sign-in helps all
   * gateways of the same user.
   */
  readonly onDidNeedSignIn = this.#needSignIn.event;

  constructor(options: GatewaysModelOptions) {
    this.#options = options;
    const { host } = options;
    this.#owned.add(host.onNotification(gatewaysChanged, (gateways) => this.#update(gateways)));
    this.#owned.add(host.onDidConnect((replaced) => this.#onConnect(replaced?.gateways ?? [])));
    this.#owned.add(host.onDidLose(() => this.#onLose()));
  }

  /** The holders of this window. */
  get holders(): WindowHolders {
    return this.#options.holders;
  }

  get gateways(): readonly GatewaySnapshot[] {
    return this.#gateways;
  }

  /** Whether gateways wait for a new host. */
  get hasLost(): boolean {
    return this.#lost.length > 0;
  }

  find(id: string): GatewaySnapshot | undefined {
    return this.#gateways.find((gateway) => gateway.id === id);
  }

  /** The running gateway in which the namespace is open. */
  ofNamespace(context: ContextReference, namespace: string): GatewaySnapshot | undefined {
    return this.#gateways.find((gateway) => {
      const { context: own, namespaces } = gateway.specification;
      return isSameContext(own, context) && namespaces.includes(namespace) && isGatewayRunning(gateway);
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
    holder: Holder = this.#options.holders.person,
  ): Promise<GatewaySnapshot> {
    const { host, preferredPort } = this.#options;
    // A new host must accept the secrets of programs from the host before.
    const known = [...secrets, ...(this.#secrets.get(contextKey(context)) ?? [])];
    return host.request(startGateway, {
      ...{ context, namespaces, holder, ...defined({ requestLog, serviceLogs }) },
      ...(known.length > 0 && { secrets: known }),
      localPort: localPort ?? { mode: 'preferred', port: preferredPort(context) },
    });
  }

  /** Releases a holder. A namespace closes with its last holder. Resolves when done. */
  async release({ id }: Holder): Promise<void> {
    const { host, holders } = this.#options;
    holders.forget(id);
    if (host.isConnected) await host.request(releaseGateway, { holder: id });
  }

  /** Closes namespaces for all their users. @param namespaces optional, default all of the gateway */
  async stop(id: string, namespaces?: readonly string[]): Promise<void> {
    await this.#options.host.request(stopGateway, { id, ...(namespaces && { namespaces }) });
  }

  /** Opens stopped namespaces again (Undo), on the same local port. */
  async startAgain(stopped: GatewaySnapshot): Promise<GatewaySnapshot> {
    const { host, holders } = this.#options;
    try {
      return await host.request(restoreGateway, { id: stopped.id, holder: holders.person });
    } catch (error) {
      if (toErrorInfo(error).code !== 'FORWARD_NOT_FOUND') throw error;
      // The host no longer knows the namespaces, or is a new host.
      return this.start(onSamePort(stopped));
    }
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
    const variables = await this.#options.host.request(gatewayVariables, parameters);
    const { id, namespaces = [] } = parameters;
    const gateway = this.find(id);
    if (gateway === undefined) return variables;
    const key = contextKey(gateway.specification.context);
    const secret = new URL(variables['HTTP_PROXY'] ?? '').password;
    this.#secrets.set(key, [...(this.#secrets.get(key) ?? []), { secret, namespaces }].slice(-MAX_SECRETS));
    return variables;
  }

  /** Everything was stopped: nothing comes back with a new host. */
  forgetLost(): void {
    this.#lost = [];
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #update(gateways: readonly GatewaySnapshot[]): void {
    const waited = this.#gateways.some(isWaiting);
    this.#gateways = gateways;
    this.#updates += 1;
    this.#changed.fire();
    const waiting = gateways.find((gateway) => isWaiting(gateway) && this.holders.isOwn(gateway));
    if (waiting !== undefined && !waited) this.#needSignIn.fire(waiting);
  }

  /** Every window restores its own and those that outlive windows. The host merges duplicates. */
  #onLose(): void {
    this.#lost = [...this.#lost, ...this.#gateways.filter(isGatewayRunning)];
    this.#update([]);
  }

  /** @param replaced the gateways of an older host that was replaced */
  #onConnect(replaced: readonly StartGateway[]): void {
    const { host, holders } = this.#options;
    const lost = this.#lost.flatMap((gateway) =>
      gateway.holders
        .filter((holder) => holders.restores(holder))
        .map(
          ({ hasLeft: _, namespaces, ...holder }): StartGateway => ({
            ...{ ...onSamePort(gateway), namespaces, holder },
          }),
        ),
    );
    this.#lost = [];
    for (const { holder, ...namespaces } of [...lost, ...replaced]) {
      // The state of the gateway shows the result.
      this.start(namespaces, holder).catch(() => {});
    }
    const before = this.#updates;
    host.request(listGateways).then(
      // Notifications that arrived meanwhile are newer than this response.
      (gateways) => before === this.#updates && this.#update(gateways),
      () => {},
    );
  }
}

/** Whether a running gateway waits for a sign-in. A gateway that does not start is reported by the caller of `start`. */
function isWaiting(gateway: GatewaySnapshot): boolean {
  return gateway.state.type === 'reconnecting' && gatewayNeedsSignIn(gateway);
}

/** The same namespaces on the same local port, which links and programs know. */
function onSamePort({ specification, localPort, requestLog }: GatewaySnapshot): GatewaySpecification {
  return {
    ...specification,
    // The mode that the user chose last, except recording: a gateway that starts again by itself must not record unnoticed.
    ...(requestLog !== undefined && { requestLog: requestLog === 'off' ? 'off' : 'metadata' }),
    ...(localPort !== undefined && { localPort: { mode: 'preferred', port: localPort } }),
  };
}
