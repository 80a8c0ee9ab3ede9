import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { ForwardRequestLog } from '../inspect/requestLog.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress, LocalPort } from '../kinds/ports.ts';
import { formatAddress } from '../portforward/forwardText.ts';
import type { PluginTerms } from '../rpc/clustersContract.ts';
import type { LogEntry } from '../rpc/contract.ts';
import type { BoundSnapshot } from '../rpc/forwardsContract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import type { SessionState } from '../session/state.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { type ClientKey, checkHolder, type Holders } from './holders.ts';
import type { LeftRunning } from './keeper.ts';

/**
 * Returns the fields of a snapshot that describe the bound addresses; no fields while no address is bound. The first
 * address determines the local port.
 */
export function boundSnapshot({ mode, port }: LocalPort, addresses: readonly BoundAddress[]): BoundSnapshot {
  const [bound] = addresses;
  if (bound === undefined) return {};
  return {
    localAddress: formatAddress(bound),
    localPort: bound.localPort,
    localAddresses: addresses.map(({ address, localPort }) => ({ address, localPort })),
    ...(mode === 'preferred' && port !== 0 && bound.localPort !== port && { replacedPort: port }),
  };
}

/**
 * A forward or gateway, called an item here. An item exists as long as it has holders: the windows, terminals, tasks
 * and others that use it. `Start` is the request that starts the item, and `Snapshot` is the state that clients see.
 */
export interface HeldItem<Start, Snapshot> {
  readonly id: string;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
  readonly state: SessionState['type'];
  readonly counters: ForwardCounters;
  /**
   * The counters and other values that change with each connection of a local client. Such changes are too frequent to
   * report each of them. So the list compares the values once a second, and fires `onDidChange` if they differ.
   */
  readonly polledValues: unknown;
  /**
   * Returns a request that starts the same forward or gateway for one of its holders, on the same local port.
   * @param isNamed false to omit the holder, so that the client that sends the request becomes the holder; optional,
   *   default true
   */
  startFor(holder: Holder, isNamed?: boolean): Start;
  /**
   * Called after some or all holders of the item were released. A gateway then closes the namespaces that only these
   * holders had requested. Optional.
   */
  forgetReleased?(): void;
  /**
   * Returns whether everything that a client requested has started. The state of a gateway does not say this: the state
   * can be `starting` only because the gateway still lists a namespace for another client. Optional, default false.
   */
  hasStartedFor?(client: ClientKey): boolean;
  /** Resolves when the item is ready or has its first error. */
  settled(): Promise<void>;
  snapshot(): Snapshot;
  stop(): Promise<void>;
}

export interface HeldListOptions {
  readonly clock: Clock;
  /** Records the requests and the traffic of the forwards or gateways. */
  readonly inspection: Inspection;
}

/** A forward or gateway that a person stopped and can restore. `Again` is the data with which it is started again. */
export interface Stopped<Again> {
  readonly again: Again;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
}

interface Entry<Item> {
  readonly item: Item;
  /** Keeps the environment's credentials and its access to clusters in memory until disposed of. */
  readonly retained: Disposable;
  /** Records the traffic of the item until disposed of. */
  readonly sampled: Disposable;
}

/** How long a forward or gateway can be restored after it has been stopped, in milliseconds. */
const UNDO_MS = 300_000;
/** Time between two checks whether the {@link HeldItem.polledValues} of items have changed, in milliseconds. */
const POLL_INTERVAL_MS = 1_000;

/**
 * All forwards, or all gateways, of the host. All clients see all items. Each item ends when its last holder is
 * released. The creator calls {@link close}.
 */
export abstract class HeldList<Item extends HeldItem<Start, Snapshot>, Start, Snapshot, Again> {
  protected readonly clock: Clock;
  protected readonly didChange = new Emitter<void>();
  protected readonly didLog = new Emitter<LogEntry>();
  readonly #inspection: Inspection;
  readonly #entries = new Map<string, Entry<Item>>();
  readonly #stopped = new Map<
    string,
    Stopped<Again> & { readonly kept: Disposable; readonly timer: Disposable }
  >();
  #pollTimer: Disposable | undefined;
  #lastPolled = '';

  /** Fires when the snapshot of an item has changed, or an item was added or has ended. */
  readonly onDidChange: Event<void> = this.didChange.event;
  readonly onDidLog: Event<LogEntry> = this.didLog.event;

  constructor({ clock, inspection }: HeldListOptions) {
    this.clock = clock;
    this.#inspection = inspection;
  }

  /** Called after each change of an item. Fires {@link onDidChange}, perhaps only once for several changes. */
  protected abstract announce(): void;
  /**
   * Called when an item was added or has ended. Does nothing here. The list of gateways overrides this method, because
   * the URLs of a gateway contain its context only while there are several gateways.
   */
  protected sizeChanged(): void {}
  /**
   * Returns the data for {@link startAgain}. Called before the item is stopped, because a stopped item no longer has a
   * local port.
   */
  protected abstract toAgain(item: Item): Again;
  /**
   * Starts a stopped item again, with the same id. If the item has no holders left, adds the holder of `user`.
   * @param plugins see {@link restore}
   */
  protected abstract startAgain(
    id: string,
    stopped: Stopped<Again>,
    user: ForwardUser,
    plugins: PluginTerms | undefined,
  ): Promise<Item>;

  /**
   * Whether the host must keep running without clients, because a terminal has started a forward or gateway in the
   * background (`--detach`). A failed forward or gateway does not keep the host running.
   */
  get keepsHost(): boolean {
    return this.items.some(({ holders, state }) => holders.keepsHost && state !== 'failed');
  }

  /**
   * The requests that restart the items that terminals started with `--detach`, on the same local ports: one request
   * for each item that has not failed. If the host dies, the keeper process (`keeper.ts`) sends these requests to the
   * next host.
   */
  get kept(): readonly LeftRunning<Start>[] {
    return this.items.flatMap((item) => {
      const { keepsHost, lasting } = item.holders;
      if (!keepsHost || lasting === undefined || item.state === 'failed') return [];
      return [{ specification: item.startFor(lasting), environment: item.owner.environment }];
    });
  }

  list(): readonly Snapshot[] {
    return this.items.map((item) => item.snapshot());
  }

  /**
   * Returns requests that start the items of one environment again, on the same ports. The client sends them to another
   * host. Omits an item if all its holders end when their clients disconnect, as tasks do.
   */
  lastingOf(ownerKey: string): readonly Start[] {
    return this.items.flatMap((item) => {
      const { lasting } = item.holders;
      if (item.owner.key !== ownerKey || lasting === undefined) return [];
      // If the holder is a window, the request does not contain the holder: the window that starts the item again
      // becomes the new holder.
      return [item.startFor(lasting, lasting.kind !== 'window')];
    });
  }

  /** Releases a holder from all items. Items without another holder end. Resolves when these items have ended. */
  async release(holder: string): Promise<void> {
    await this.#letGo((holders) => holders.release(holder));
  }

  /**
   * Called when a client has disconnected. Releases those holders of the client that end with it, such as tasks.
   * Resolves when the items that have no other holders have ended.
   */
  async clientGone(client: ClientKey): Promise<void> {
    await this.#letGo((holders) => holders.clientGone(client));
  }

  /**
   * Like {@link clientGone}, for a terminal command. If something that the command requested has not started yet, the
   * command was stopped or killed during its start. In this case, releases all holders of the command, so that no
   * forward or gateway keeps running without it.
   */
  async terminalGone(client: ClientKey): Promise<void> {
    const isUnfinished = (item: Item) =>
      item.state === 'failed' || (item.state === 'starting' && item.hasStartedFor?.(client) !== true);
    if (this.items.some((item) => item.holders.has(client) && isUnfinished(item)))
      await this.#letGo((holders) => holders.releaseAll(client));
    else await this.clientGone(client);
  }

  /**
   * Stops an item at the request of a person, even if other holders use it. The person can {@link restore} the item
   * within `UNDO_MS`.
   * @param part if the person closes all namespaces of a gateway by name: these namespaces. (If the person closes only
   *   some namespaces, `GatewayManager` does not call this method.) {@link restore} must get the same `part`. Optional,
   *   default: the item is stopped as a whole
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  async stop(id: string, part: readonly string[] = []): Promise<void> {
    const item = this.get(id);
    const { owner, holders, state } = item;
    const again = this.toAgain(item);
    using _ = owner.retain();
    await this.end(id);
    if (state !== 'stopping') this.remember(id, part, { again, owner, holders });
  }

  /** Stops all items like {@link stop}. Resolves with the number of stopped items. */
  async stopAll(): Promise<number> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.stop(id).catch(() => {})));
    return ids.length;
  }

  /**
   * Starts a stopped item again for its earlier holders, except holders that were released since. If no holder is left,
   * `holder` becomes the holder.
   * @param plugins only for a gateway: added to the plugins that earlier clients allowed; optional, default no change
   * @param part the namespaces of a gateway, if the person closed the namespaces by name; optional, default: the item
   *   was stopped as a whole
   * @throws CodedError `FORWARD_NOT_FOUND`
   */
  async restore(
    id: string,
    holder: Holder,
    client: ClientKey,
    plugins?: PluginTerms,
    part: readonly string[] = [],
  ): Promise<Snapshot> {
    checkHolder(holder);
    const stopped = this.#take(stoppedKey(id, part));
    if (stopped === undefined) throw notFound(id);
    const { owner, kept } = stopped;
    const user: ForwardUser = { owner, holder, client };
    const item = await this.startAgain(id, stopped, user, plugins).finally(() => kept.dispose());
    return await this.settled(item);
  }

  async close(): Promise<void> {
    await this.stopAll();
    for (const key of [...this.#stopped.keys()]) this.#take(key)?.kept.dispose();
    this.#pollTimer?.dispose();
    this.didChange.dispose();
    this.didLog.dispose();
  }

  protected get items(): readonly Item[] {
    return [...this.#entries.values()].map(({ item }) => item);
  }

  /** @throws CodedError `FORWARD_NOT_FOUND` */
  protected get(id: string): Item {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw notFound(id);
    return entry.item;
  }

  protected add(id: string, create: (requestLog: ForwardRequestLog) => Item): Item {
    const item = create(this.#inspection.requestLog.forward(id));
    const sampled = this.#inspection.sample(id, () => item.counters);
    this.#entries.set(id, { item, retained: item.owner.retain(), sampled });
    if (this.#entries.size === 1) this.#schedulePoll();
    this.sizeChanged();
    this.announce();
    return item;
  }

  protected async end(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    await entry?.item.stop();
    if (entry === undefined || this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    entry.retained.dispose();
    entry.sampled.dispose();
    if (this.#entries.size === 0) this.#pollTimer?.dispose();
    this.sizeChanged();
    this.announce();
  }

  /**
   * Keeps the data of a stopped item, or of the closed namespaces (`part`) of a gateway, so that {@link restore} finds
   * the data within `UNDO_MS`.
   */
  protected remember(id: string, part: readonly string[], stopped: Stopped<Again>): void {
    const key = stoppedKey(id, part);
    this.#take(key)?.kept.dispose();
    const kept = stopped.owner.retain();
    const timer = this.clock.setTimer(UNDO_MS, () => this.#take(key)?.kept.dispose());
    this.#stopped.set(key, { ...stopped, kept, timer });
  }

  protected async settled(item: Item): Promise<Snapshot> {
    await item.settled();
    return item.snapshot();
  }

  async #letGo(release: (holders: Holders) => boolean): Promise<void> {
    for (const { holders } of this.#stopped.values()) release(holders);
    const changed = this.items.filter(({ holders }) => release(holders));
    if (changed.length > 0) this.announce();
    for (const item of changed) item.forgetReleased?.();
    await Promise.all(changed.filter(({ holders }) => holders.isEmpty).map(({ id }) => this.end(id)));
  }

  #take(key: string) {
    const stopped = this.#stopped.get(key);
    this.#stopped.delete(key);
    stopped?.timer.dispose();
    return stopped;
  }

  #schedulePoll(): void {
    this.#pollTimer = this.clock.setTimer(POLL_INTERVAL_MS, () => {
      const values = JSON.stringify(this.items.map((item) => item.polledValues));
      if (values !== this.#lastPolled) this.announce();
      this.#lastPolled = values;
      this.#schedulePoll();
    });
  }
}

/**
 * Returns the key by which {@link HeldList.restore} finds a stopped item, or the closed namespaces (`part`) of a
 * gateway.
 */
function stoppedKey(id: string, part: readonly string[]): string {
  return [id, ...part].join();
}

function notFound(id: string): CodedError {
  return new CodedError('FORWARD_NOT_FOUND', { id });
}
