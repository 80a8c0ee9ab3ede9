import { randomUUID } from 'node:crypto';
import type { Disposable } from '../base/disposable.ts';
import type { Gateway, GatewayOptions } from '../gateway/gateway.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import { isStopped } from '../kinds/stopped.ts';
import { isSameContext, type PluginTerms } from '../rpc/clustersContract.ts';
import type {
  GatewaySnapshot,
  GatewaySpecification,
  GatewayVariables,
  ProgramVariables,
  StartGateway,
} from '../rpc/gatewayContract.ts';
import { withPlugins } from '../rpc/pluginTerms.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { HeldList, type HeldListOptions, type Stopped } from './heldList.ts';
import { checkHolder, Holders } from './holders.ts';
import { type HeldNamespaces, ManagedGateway, slugFor } from './managedGateway.ts';
import { checkLocalPort } from './specification.ts';

/** The options that differ between gateways. The other options are the same for all gateways of the host. */
export type GatewayParts = Pick<
  GatewayOptions,
  'context' | 'slug' | 'namespaces' | 'localPort' | 'access' | 'onDidSignIn' | 'createTapOwner'
>;

export interface GatewayManagerOptions extends HeldListOptions {
  readonly startGateway: (parts: GatewayParts) => Gateway;
}

/** The data with which a stopped gateway is started again. */
interface OpenAgain extends Pick<ManagedGateway, 'wanted' | 'secrets'> {
  readonly specification: GatewaySpecification;
}

/**
 * Minimum time between two `onDidChange` events, in milliseconds. While a cluster replaces pods, the gateways change
 * many times per second, so several changes are combined in one event.
 */
const CHANGE_INTERVAL_MS = 250;

/**
 * All gateways of the host, one for each context of an environment. The list fires `onDidChange` at most four times a
 * second.
 */
export class GatewayManager extends HeldList<ManagedGateway, StartGateway, GatewaySnapshot, OpenAgain> {
  readonly #startGateway: GatewayManagerOptions['startGateway'];
  #pause: Disposable | undefined;
  #isPending = false;

  constructor({ startGateway, ...options }: GatewayManagerOptions) {
    super(options);
    this.#startGateway = startGateway;
  }

  /**
   * Makes the services of namespaces reachable through the gateway of their context. Starts this gateway if it does not
   * exist. Resolves when the gateway is ready or has a first error.
   * @throws CodedError `INVALID_PORT`, `USAGE`
   */
  async start(start: Omit<StartGateway, 'holder'>, user: ForwardUser): Promise<GatewaySnapshot> {
    checkHolder(user.holder);
    return await this.settled(
      await this.#open(start, user.owner, heldBy(user, start), start.context.plugins),
    );
  }

  /**
   * Stops a gateway like {@link HeldList.stop}, or removes some of its namespaces.
   * @param namespaces the namespaces to remove. The gateway keeps its other namespaces. Optional, default all
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  override async stop(id: string, namespaces?: readonly string[]): Promise<void> {
    if (namespaces === undefined) return await super.stop(id);
    const item = this.get(id);
    const { owner } = item;
    const { specification, secrets } = this.toAgain(item);
    // The data for Undo does not contain the modes of the request logs. Otherwise, Undo would turn on a log that a
    // person turns off between the stop and Undo.
    const { requestLog: _, serviceLogs: __, ...others } = specification;
    const closed = item.closeSome(namespaces);
    if (closed === undefined) return await super.stop(id, namespaces);
    const { holders, wanted } = closed;
    if (holders.isEmpty) return;
    const again = { specification: { ...others, namespaces }, wanted, secrets };
    this.remember(id, namespaces, { again, owner, holders });
  }

  /**
   * Sets the mode of a gateway's request log.
   * @param service the service to log, such as `web.demo`; optional, default all services
   * @throws CodedError `FORWARD_NOT_FOUND`, `NAME_UNKNOWN`
   */
  setRequestLog(id: string, mode: RequestLogMode, service?: string): void {
    this.get(id).setRequestLog(mode, service);
    this.announce();
  }

  /**
   * Returns the environment variables with which a program uses the gateway as its proxy.
   * @param environment the environment of the window or terminal that starts the program
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  variables(parameters: GatewayVariables, environment: ForwardOwner['environment']): ProgramVariables {
    return this.get(parameters.id).variables(parameters, environment);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#pause?.dispose();
  }

  protected override announce(): void {
    if (this.#pause !== undefined) {
      this.#isPending = true;
      return;
    }
    queueMicrotask(() => this.didChange.fire());
    this.#pause = this.clock.setTimer(CHANGE_INTERVAL_MS, () => {
      this.#pause = undefined;
      if (!this.#isPending) return;
      this.#isPending = false;
      this.announce();
    });
  }

  protected override sizeChanged(): void {
    for (const { gateway } of this.items) gateway.setShowsContext(this.items.length > 1);
  }

  protected override toAgain({ onSamePort: specification, wanted, secrets }: ManagedGateway): OpenAgain {
    return { specification, wanted, secrets };
  }

  protected override async startAgain(
    id: string,
    { again: { specification: before, wanted, secrets }, holders }: Stopped<OpenAgain>,
    user: ForwardUser,
    plugins: PluginTerms | undefined,
  ): Promise<ManagedGateway> {
    const held = holders.isEmpty ? heldBy(user, before) : { holders, wanted };
    // A context has only one gateway. If somebody has started another gateway of the context since the stop, adds the
    // holders to the running gateway.
    if (this.#find(before, user.owner) !== undefined) {
      return await this.#open({ ...before, secrets }, user.owner, held, plugins);
    }
    const context = withPlugins(before.context, plugins);
    const managed = this.#add(id, { ...before, context }, user.owner);
    managed.acceptSecrets(secrets);
    managed.hold(held);
    return managed;
  }

  /**
   * Waits until the gateway is ready or has its first error. Then fires a pending `onDidChange` event without delay.
   * The event tells the gateway's local port to the keeper (`keeper.ts`), a process that starts the gateway again on
   * this port if the host dies. The keeper must know the port before the client gets the snapshot.
   */
  protected override async settled(managed: ManagedGateway): Promise<GatewaySnapshot> {
    await managed.settled();
    if (this.#isPending) {
      this.#isPending = false;
      this.didChange.fire();
    }
    return managed.snapshot();
  }

  /**
   * Opens the namespaces of a request in the gateway of their context. Starts this gateway if it does not exist.
   * @param plugins the plugins that the client allows now. They are not taken from the `context` of the request: if the
   *   request undoes a stop, its `context` contains the plugins that were allowed before the stop, and these must not
   *   replace the plugins that a user has allowed since
   */
  async #open(
    { secrets = [], ...specification }: Omit<StartGateway, 'holder'>,
    owner: ForwardOwner,
    held: HeldNamespaces,
    plugins: PluginTerms | undefined,
  ): Promise<ManagedGateway> {
    checkLocalPort(specification.localPort.port);
    let known = this.#find(specification, owner);
    let { context } = specification;
    const failed: (OpenAgain & HeldNamespaces)[] = [];
    // A new gateway may work where an earlier one failed, for example because the port is free again. So the loop ends
    // a failed gateway, and keeps its holders for the gateway that is used below. While the failed gateway ends,
    // another client may start a gateway of the context. So the loop searches again after each end.
    while (known?.state === 'failed') {
      context = withPlugins(context, known.context.plugins);
      failed.push({ ...this.toAgain(known), holders: known.holders });
      await this.end(known.id);
      known = this.#find(specification, owner);
    }
    context = withPlugins(context, plugins);
    const managed = known ?? this.#add(randomUUID(), { ...specification, context }, owner);
    managed.addPlugins(plugins, context.plugins);
    for (const again of failed) {
      managed.acceptSecrets(again.secrets);
      managed.hold(again);
      managed.turnOnLogs(again.specification);
    }
    managed.acceptSecrets(secrets);
    managed.hold(held);
    if (known !== undefined) known.turnOnLogs(specification);
    return managed;
  }

  #find({ context }: GatewaySpecification, owner: ForwardOwner): ManagedGateway | undefined {
    return this.items.find(({ owner: other, specification, state }) => {
      const isSame = isSameContext(specification.context, context);
      return isSame && other.key === owner.key && !isStopped(state);
    });
  }

  #add(id: string, specification: GatewaySpecification, owner: ForwardOwner): ManagedGateway {
    const { context, namespaces, localPort } = specification;
    const others = this.items.map(({ gateway }) => gateway);
    return this.add(id, (requestLog) => {
      let managed: ManagedGateway | undefined;
      const gateway = this.#startGateway({
        ...{ context: context.context, namespaces, localPort },
        slug: slugFor(specification, others),
        access: owner.clusterAccess(context, () => (managed?.context ?? context).plugins),
        onDidSignIn: owner.onDidSignIn,
        createTapOwner: requestLog.open,
      });
      managed = new ManagedGateway({
        ...{ id, specification, owner, gateway, requestLog },
        onChange: () => this.announce(),
        onLog: (entry) => this.didLog.fire(entry),
      });
      return managed;
    });
  }
}

/**
 * Returns the holder (the window, terminal or task) that a request adds to a gateway, with the requested namespaces.
 */
function heldBy({ holder, client }: ForwardUser, { namespaces }: GatewaySpecification): HeldNamespaces {
  const holders = new Holders();
  holders.add(holder, client);
  return { holders, wanted: new Map([[holder.id, namespaces]]) };
}
