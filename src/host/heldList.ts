import type { Clock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { ForwardRequestLog } from '../inspect/requestLog.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import { formatAddress } from '../portforward/forwardText.ts';
import type { BoundSnapshot, ForwardSpecification, Holder, LogEntry } from '../rpc/contract.ts';
import type { SessionState } from '../session/state.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { type ClientKey, checkHolder, type Holders } from './holders.ts';
import type { LeftRunning } from './keeper.ts';

/** Returns what a snapshot tells of the addresses, the first of which counts. */
export function boundSnapshot(
  { mode, port }: ForwardSpecification['localPort'],
  addresses: readonly BoundAddress[],
): BoundSnapshot {
  const [bound] = addresses;
  if (bound === undefined) return {};
  return {
    localAddress: formatAddress(bound),
    localPort: bound.localPort,
    localAddresses: addresses.map(({ address, localPort }) => ({ address, localPort })),
    ...(mode === 'preferred' && port !== 0 && bound.localPort !== port && { replacedPort: port }),
  };
}

/** A forward or a gateway that its holders keep. `Start` is the request that starts it, `Snapshot` what views show of it. */
export interface HeldItem<Start, Snapshot> {
  readonly id: string;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
  readonly state: SessionState['type'];
  readonly counters: ForwardCounters;
  /** What changes with each connection. */
  readonly counts: unknown;
  /**
   * Returns a request that starts the same for one of the holders, on the same local port. @param isNamed whether the request names the
   * holder; optional, default true
   */
  startFor(holder: Holder, isNamed?: boolean): Start;
  /** Called when holders were released. Optional. */
  forgetReleased?(): void;
  /** Resolves once the first result is known: ready, or the reason why not. */
  settled(): Promise<void>;
  snapshot(): Snapshot;
  stop(): Promise<void>;
}

export interface HeldListOptions {
  readonly clock: Clock;
  /** Sees what passes through the forwards or gateways. */
  readonly inspection: Inspection;
}

/** What a person stopped and may restore. `Again` is what the list needs for that. */
export interface Stopped<Again> {
  readonly again: Again;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
}

interface Entry<Item> {
  readonly item: Item;
  /** Keeps the environment of the owner. */
  readonly retained: Disposable;
  readonly sampled: Disposable;
}

/** How long a stopped forward or gateway can be restored, in milliseconds. */
const UNDO_MS = 300_000;
/** Time between two updates of counts. */
const COUNTS_INTERVAL_MS = 1_000;

/** The forwards or the gateways of the host, visible to all clients. Each lasts until its last holder releases it. The creator calls {@link close}. */
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
  #counts: Disposable | undefined;
  #lastCounts = '';

  /** Fires when a snapshot has changed. */
  readonly onDidChange: Event<void> = this.didChange.event;
  readonly onDidLog: Event<LogEntry> = this.didLog.event;

  constructor({ clock, inspection }: HeldListOptions) {
    this.clock = clock;
    this.#inspection = inspection;
  }

  /** Announces changes with {@link onDidChange}, in the pace of the list. */
  protected abstract announce(): void;
  /** Called when one was added or has ended. */
  protected sizeChanged(): void {}
  /** Returns what {@link startAgain} needs, while the item still runs. */
  protected abstract toAgain(item: Item): Again;
  /** Restores a stopped item under its id. Adds the holder of the user if no other is left. */
  protected abstract startAgain(id: string, stopped: Stopped<Again>, user: ForwardUser): Promise<Item>;

  /** Whether one of them keeps the host running without clients. */
  get keepsHost(): boolean {
    return this.items.some(({ holders, state }) => holders.keepsHost && state !== 'failed');
  }

  /** Those that keep the host running without clients, as requests that start them again on the same ports. */
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

  /** Returns requests that start those of one environment again on the same ports, except those that end with a client. */
  lastingOf(ownerKey: string): readonly Start[] {
    return this.items.flatMap((item) => {
      const { lasting } = item.holders;
      if (item.owner.key !== ownerKey || lasting === undefined) return [];
      // The window that replaces the host becomes the holder.
      return [item.startFor(lasting, lasting.kind !== 'window')];
    });
  }

  /** Releases a holder. After the last holder, resolves when the forward or gateway has ended. */
  async release(holder: string): Promise<void> {
    await this.#letGo((holders) => holders.release(holder));
  }

  /** Releases the holders that end with a client. Resolves when what they alone held has ended. */
  async clientGone(client: ClientKey): Promise<void> {
    await this.#letGo((holders) => holders.clientGone(client));
  }

  /**
   * Releases the holders of a terminal command that has ended. A command that was killed before everything that it started carried
   * traffic leaves nothing behind, like one that was stopped. Resolves when all of it has ended.
   */
  async terminalGone(client: ClientKey): Promise<void> {
    const isUnfinished = this.items.some(
      ({ state, holders }) => (state === 'starting' || state === 'failed') && holders.has(client),
    );
    if (isUnfinished) await this.#letGo((holders) => holders.releaseAll(client));
    else await this.clientGone(client);
  }

  /** Stops one for all holders at the request of a person, who can restore it for some time. @throws CodedError `FORWARD_NOT_FOUND` */
  async stop(id: string): Promise<void> {
    const item = this.get(id);
    const { owner, holders, state } = item;
    const again = this.toAgain(item);
    const kept = owner.retain();
    await this.end(id);
    if (state === 'stopping') return kept.dispose();
    const timer = this.clock.setTimer(UNDO_MS, () => this.#take(id)?.kept.dispose());
    this.#stopped.set(id, { again, owner, holders, kept, timer });
  }

  /** Stops all like {@link stop}. Resolves with their number. */
  async stopAll(): Promise<number> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.stop(id).catch(() => {})));
    return ids.length;
  }

  /** Restores a stopped one for the holders that have not released it since, or for `holder`. @throws CodedError `FORWARD_NOT_FOUND` */
  async restore(id: string, holder: Holder, client: ClientKey): Promise<Snapshot> {
    checkHolder(holder);
    const stopped = this.#take(id);
    if (stopped === undefined) throw notFound(id);
    const { owner, kept } = stopped;
    const item = await this.startAgain(id, stopped, { owner, holder, client }).finally(() => kept.dispose());
    return await this.settled(item);
  }

  async close(): Promise<void> {
    await this.stopAll();
    for (const id of [...this.#stopped.keys()]) this.#take(id)?.kept.dispose();
    this.#counts?.dispose();
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
    if (this.#entries.size === 1) this.#scheduleCounts();
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
    if (this.#entries.size === 0) this.#counts?.dispose();
    this.sizeChanged();
    this.announce();
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

  #take(id: string) {
    const stopped = this.#stopped.get(id);
    this.#stopped.delete(id);
    stopped?.timer.dispose();
    return stopped;
  }

  #scheduleCounts(): void {
    this.#counts = this.clock.setTimer(COUNTS_INTERVAL_MS, () => {
      const counts = JSON.stringify(this.items.map((item) => item.counts));
      if (counts !== this.#lastCounts) this.announce();
      this.#lastCounts = counts;
      this.#scheduleCounts();
    });
  }
}

function notFound(id: string): CodedError {
  return new CodedError('FORWARD_NOT_FOUND', { id });
}
