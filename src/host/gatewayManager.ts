import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Gateway, GatewayOptions } from '../gateway/gateway.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import {
  type GatewaySecret,
  type GatewaySpecification,
  type Holder,
  isSameContext,
  type LogEntry,
  type StartGateway,
} from '../rpc/contract.ts';
import type { GatewaySnapshot, GatewayVariables, ProgramVariables } from '../rpc/gatewayContract.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { type ClientKey, checkHolder, type Holders } from './holders.ts';
import type { KeptGateway } from './keeper.ts';
import { ManagedGateway, slugFor } from './managedGateway.ts';
import { checkPort } from './specification.ts';

/** The parts of a gateway that differ between gateways. */
export type GatewayParts = Pick<
  GatewayOptions,
  'context' | 'slug' | 'namespaces' | 'localPort' | 'access' | 'openTapPlace'
>;

export interface GatewayManagerOptions {
  readonly clock: Clock;
  /** Sees what passes through the gateways. */
  readonly inspection: Inspection;
  readonly startGateway: (parts: GatewayParts) => Gateway;
}

interface Entry {
  readonly managed: ManagedGateway;
  readonly retained: Disposable;
  readonly sampled: Disposable;
}

/** A gateway that a person stopped and may restore. */
interface Stopped {
  readonly specification: GatewaySpecification;
  readonly owner: ForwardOwner;
  readonly retained: Disposable;
  readonly holders: Holders;
  readonly wanted: ReadonlyMap<string, readonly string[]>;
  readonly secrets: readonly GatewaySecret[];
  readonly timer: Disposable;
}

/** How long a stopped gateway can be restored, like a forward. */
const UNDO_MS = 300_000;
/** Time between two notifications: a rollout makes many changes in a second. */
const CHANGE_INTERVAL_MS = 250;
/** Time between two updates of the numbers of connections and bytes, as for forwards. */
const COUNTS_INTERVAL_MS = 1_000;

/**
 * All gateways of the host, one for each context of an environment, visible to all clients. The creator calls {@link close}.
 */
export class GatewayManager {
  readonly #options: GatewayManagerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopped = new Map<string, Stopped>();
  readonly #didChange = new Emitter<void>();
  readonly #didLog = new Emitter<LogEntry>();
  #nextId = 1;
  #pause: Disposable | undefined;
  #counts: Disposable | undefined;
  #lastCounts = '';
  #isPending = false;

  /** Fires when a snapshot has changed, at most four times a second. */
  readonly onDidChange: Event<void> = this.#didChange.event;
  readonly onDidLog: Event<LogEntry> = this.#didLog.event;

  constructor(options: GatewayManagerOptions) {
    this.#options = options;
  }

  /** Whether a gateway keeps the host running without clients. */
  get keepsHost(): boolean {
    return this.#all.some(({ holders, state }) => holders.keepsHost && state !== 'failed');
  }

  /** The gateways that keep the host running without clients, as requests that open them again on the same ports. */
  get kept(): readonly KeptGateway[] {
    return this.#all.flatMap((managed) => {
      const { holders, owner, state } = managed;
      if (!holders.keepsHost || holders.lasting === undefined || state === 'failed') return [];
      return [{ specification: managed.startFor(holders.lasting), environment: owner.environment }];
    });
  }

  list(): readonly GatewaySnapshot[] {
    return this.#all.map((managed) => managed.snapshot());
  }

  /** Returns requests that open the namespaces of one environment again, except those that close with a client. */
  lastingOf(ownerKey: string): readonly StartGateway[] {
    return this.#all.flatMap((managed) => {
      const { lasting } = managed.holders;
      if (managed.owner.key !== ownerKey || lasting === undefined) return [];
      const { holder, ...same } = managed.startFor(lasting);
      // The window that replaces the host becomes the holder.
      return lasting.kind === 'window' ? [same] : [{ ...same, ...(holder && { holder }) }];
    });
  }

  /**
   * Opens namespaces in addition to the open ones of their context. Resolves once the first result is known. @throws CodedError
   * `INVALID_PORT`, `USAGE`
   */
  async start(
    { secrets = [], ...specification }: Omit<StartGateway, 'holder'>,
    { owner, holder, client }: ForwardUser,
  ): Promise<GatewaySnapshot> {
    checkPort(specification.localPort.port, 0);
    checkHolder(holder);
    let known = this.#find(specification, owner);
    // A port that was taken may be free by now. Another client may open the context again while the failed gateway ends.
    while (known?.state === 'failed') {
      await this.#end(known.id);
      known = this.#find(specification, owner);
    }
    const managed = known ?? this.#add(`gateway-${this.#nextId++}`, specification, owner);
    managed.acceptSecrets(secrets);
    managed.hold(holder, client, specification.namespaces);
    if (known !== undefined) known.turnOnLogs(specification);
    return await this.#settled(managed);
  }

  /** Releases a holder. After the last holder, resolves when the gateway has ended. */
  async release(holder: string): Promise<void> {
    await this.#letGo((holders) => holders.release(holder));
  }

  /** Releases the holders that end with a client. */
  async clientGone(client: ClientKey): Promise<void> {
    await this.#letGo((holders) => holders.clientGone(client));
  }

  /**
   * Releases the holders of a terminal command that has ended. A command that was killed before it was ready leaves nothing
   * behind.
   */
  async terminalGone(client: ClientKey): Promise<void> {
    const isUnfinished = this.#all.some(
      ({ state, holders }) => (state === 'starting' || state === 'failed') && holders.has(client),
    );
    if (isUnfinished) await this.#letGo((holders) => holders.releaseAll(client));
    else await this.clientGone(client);
  }

  /**
   * Stops a gateway for all holders at the request of a person. The gateway can be restored for some time.
   * @param namespaces closes only these, and leaves the others open; optional, default all
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  async stop(id: string, namespaces?: readonly string[]): Promise<void> {
    const managed = this.#get(id);
    if (namespaces !== undefined && managed.closeSome(namespaces)) return;
    const { owner, holders, onSamePort: specification, wanted, secrets, state } = managed;
    const isFirst = state !== 'stopping';
    const retained = owner.retain();
    await this.#end(id);
    if (!isFirst) return retained.dispose();
    const timer = this.#options.clock.setTimer(UNDO_MS, () => this.#take(id)?.retained.dispose());
    this.#stopped.set(id, { specification, owner, retained, holders, wanted, secrets, timer });
  }

  /** Stops all gateways like {@link stop}. Resolves with their number. */
  async stopAll(): Promise<number> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.stop(id).catch(() => {})));
    return ids.length;
  }

  /** Restores a stopped gateway. @throws CodedError `FORWARD_NOT_FOUND` */
  async restore(id: string, holder: Holder, client: ClientKey): Promise<GatewaySnapshot> {
    checkHolder(holder);
    const stopped = this.#take(id);
    if (stopped === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
    const { specification, owner, retained, holders, wanted, secrets } = stopped;
    try {
      // A context has one gateway: somebody may have opened the context again since.
      if (this.#find(specification, owner) !== undefined) {
        return await this.start({ ...specification, secrets }, { owner, holder, client });
      }
      const managed = this.#add(id, specification, owner, { holders, wanted });
      managed.acceptSecrets(secrets);
      if (holders.isEmpty) managed.hold(holder, client, specification.namespaces);
      return await this.#settled(managed);
    } finally {
      retained.dispose();
    }
  }

  /** @param service optional, `web.demo`; default all services. @throws CodedError `FORWARD_NOT_FOUND`, `NAME_UNKNOWN` */
  setRequestLog(id: string, mode: RequestLogMode, service?: string): void {
    this.#get(id).setRequestLog(mode, service);
    this.#announce();
  }

  /** Returns the variables that lead a client's program through the gateway. @throws CodedError `FORWARD_NOT_FOUND` */
  variables(parameters: GatewayVariables, environment: ForwardOwner['environment']): ProgramVariables {
    return this.#get(parameters.id).variables(parameters, environment);
  }

  async close(): Promise<void> {
    await this.stopAll();
    for (const id of [...this.#stopped.keys()]) this.#take(id)?.retained.dispose();
    this.#pause?.dispose();
    this.#counts?.dispose();
    this.#didChange.dispose();
    this.#didLog.dispose();
  }

  get #all(): readonly ManagedGateway[] {
    return [...this.#entries.values()].map(({ managed }) => managed);
  }

  #get(id: string): ManagedGateway {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
    return entry.managed;
  }

  #find({ context }: GatewaySpecification, owner: ForwardOwner): ManagedGateway | undefined {
    return this.#all.find(({ owner: other, specification, state }) => {
      const isSame = isSameContext(specification.context, context);
      return isSame && other.key === owner.key && state !== 'stopping' && state !== 'stopped';
    });
  }

  #add(
    id: string,
    specification: GatewaySpecification,
    owner: ForwardOwner,
    before: { readonly holders?: Holders; readonly wanted?: ReadonlyMap<string, readonly string[]> } = {},
  ): ManagedGateway {
    const { context, namespaces, localPort } = specification;
    const { inspection, startGateway } = this.#options;
    const requestLog = inspection.requestLog.forward(id);
    const others = this.#all.map(({ gateway }) => gateway);
    const gateway = startGateway({
      ...{ context: context.context, namespaces, localPort },
      slug: slugFor(specification, others),
      access: owner.clusterAccess(context, () => context.plugins),
      openTapPlace: requestLog.open,
    });
    const managed = new ManagedGateway({
      ...{ id, specification, owner, gateway, requestLog, ...before },
      onChange: () => this.#announce(),
      onTraffic: () => this.#watchCounts(),
      onLog: (entry) => this.#didLog.fire(entry),
    });
    const sampled = inspection.sample(id, () => gateway.counters);
    this.#entries.set(id, { managed, retained: owner.retain(), sampled });
    this.#showContexts();
    this.#announce();
    return managed;
  }

  async #letGo(release: (holders: Holders) => boolean): Promise<void> {
    for (const { holders } of this.#stopped.values()) release(holders);
    const changed = this.#all.filter(({ holders }) => release(holders));
    if (changed.length > 0) this.#announce();
    for (const managed of changed) managed.forgetReleased();
    await Promise.all(changed.filter(({ holders }) => holders.isEmpty).map(({ id }) => this.#end(id)));
  }

  async #end(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    await entry?.managed.gateway.stop();
    if (!this.#entries.delete(id)) return;
    entry?.retained.dispose();
    entry?.sampled.dispose();
    this.#showContexts();
    this.#announce();
  }

  #take(id: string): Stopped | undefined {
    const stopped = this.#stopped.get(id);
    this.#stopped.delete(id);
    stopped?.timer.dispose();
    return stopped;
  }

  #showContexts(): void {
    for (const { gateway } of this.#all) gateway.setShowsContext(this.#entries.size > 1);
  }

  async #settled(managed: ManagedGateway): Promise<GatewaySnapshot> {
    await managed.gateway.settled();
    // Reported at once: if the host dies, the process that restores the gateway needs to know the port.
    this.#flush();
    return managed.snapshot();
  }

  /** Announces new numbers after a second, and each second while connections are open. */
  #watchCounts(): void {
    this.#counts ??= this.#options.clock.setTimer(COUNTS_INTERVAL_MS, () => {
      this.#counts = undefined;
      const counts = JSON.stringify(this.#all.map((managed) => managed.counts));
      if (counts !== this.#lastCounts) this.#announce();
      this.#lastCounts = counts;
      if (this.#all.some(({ gateway }) => gateway.counters.open > 0)) this.#watchCounts();
    });
  }

  #flush(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#didChange.fire();
  }

  #announce(): void {
    if (this.#pause !== undefined) {
      this.#isPending = true;
      return;
    }
    queueMicrotask(() => this.#didChange.fire());
    this.#pause = this.#options.clock.setTimer(CHANGE_INTERVAL_MS, () => {
      this.#pause = undefined;
      if (!this.#isPending) return;
      this.#isPending = false;
      this.#announce();
    });
  }
}
