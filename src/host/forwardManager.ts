import type { Clock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { Inspection } from '../inspect/inspection.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import type { OpenTapPlace } from '../portforward/connectionTap.ts';
import { findPortHolder } from '../portforward/portHolder.ts';
import type {
  ForwardSnapshot,
  ForwardSpecification,
  Holder,
  LogEntry,
  PluginTerms,
  StartForward,
} from '../rpc/contract.ts';
import type { Session } from '../session/session.ts';
import type { SessionOptions } from '../session/sessionOptions.ts';
import type { ForwardOwner, ForwardUser } from './forwardOwner.ts';
import { type ClientKey, checkHolder, Holders } from './holders.ts';
import type { KeptForward } from './keeper.ts';
import { ManagedForward } from './managedForward.ts';
import { checkPort, checkSpecification, haveOneName, identityOf, onSamePort } from './specification.ts';
import { StoppedForwards } from './stoppedForwards.ts';

export interface ForwardManagerOptions {
  readonly clock: Clock;
  /** Sees what passes through the forwards. */
  readonly inspection: Inspection;
  /** Creates the session of a specification. Tests create one without a network. */
  readonly startSession: (
    target: SessionOptions['target'],
    specification: ForwardSpecification,
    openTapPlace: OpenTapPlace,
  ) => Session;
}

interface Entry {
  readonly forward: ManagedForward;
  readonly owner: ForwardOwner;
  readonly retained: Disposable;
  readonly holders: Holders;
  readonly sampled: Disposable;
}

/** Time between two updates of counts. */
const COUNTS_INTERVAL_MS = 1_000;

/** All forwards of the host, visible to all clients. The creator calls {@link close}. */
export class ForwardManager {
  readonly #options: ForwardManagerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #stopped: StoppedForwards;
  readonly #didChange = new Emitter<void>();
  readonly #didLog = new Emitter<LogEntry>();
  #nextId = 1;
  #isAnnounced = false;
  #counts: Disposable | undefined;
  #lastCounts = '';

  /** Fires when a snapshot has changed, once for simultaneous changes. */
  readonly onDidChange: Event<void> = this.#didChange.event;
  readonly onDidLog: Event<LogEntry> = this.#didLog.event;

  constructor(options: ForwardManagerOptions) {
    this.#options = options;
    this.#stopped = new StoppedForwards(options.clock);
  }

  /** Whether a forward keeps the host running without clients. */
  get keepsHost(): boolean {
    return [...this.#entries.values()].some(
      ({ forward, holders }) => holders.keepsHost && forward.state !== 'failed',
    );
  }

  /** The forwards that keep the host running without clients, as requests that start them again on the same ports. */
  get kept(): readonly KeptForward[] {
    return [...this.#entries.values()].flatMap(({ forward, owner: { environment }, holders }) => {
      const { keepsHost, lasting } = holders;
      if (!keepsHost || lasting === undefined || forward.state === 'failed') return [];
      return [{ specification: { ...onSamePort(forward), holder: lasting }, environment }];
    });
  }

  list(): readonly ForwardSnapshot[] {
    return [...this.#entries.values()].map(snapshotOf);
  }

  /**
   * Returns requests that start the forwards of one environment again on the same local ports, except forwards that end with a
   * client.
   */
  lastingOf(ownerKey: string): readonly StartForward[] {
    return [...this.#entries.values()].flatMap(({ owner, forward, holders: { lasting } }) => {
      if (owner.key !== ownerKey || lasting === undefined) return [];
      const same = onSamePort(forward);
      // The window that replaces the host becomes the holder.
      return lasting.kind === 'window' ? [same] : [{ ...same, holder: lasting }];
    });
  }

  /**
   * Starts a forward, or adds a holder to the existing forward of the same specification. Resolves once the first result is
   * known; the forward may be released before.
   * @throws CodedError `INVALID_PORT`, `INVALID_ADDRESS`, `USAGE`
   */
  async start(
    specification: ForwardSpecification,
    { owner, holder, client }: ForwardUser,
  ): Promise<ForwardSnapshot> {
    checkSpecification(specification);
    checkHolder(holder);
    const known = this.#find(specification, owner);
    const entry = known ?? this.#add(String(this.#nextId++), specification, owner, new Holders());
    entry.holders.add(holder, client);
    this.#announce();
    // The name is part of a saved forward's identity.
    const { label = '' } = specification;
    if ((known?.forward.specification.label ?? '') === '' && label !== '') known?.forward.setLabel(label);
    if (specification.requestLog !== undefined && known?.forward.requestLog === 'off')
      known.forward.setRequestLog(specification.requestLog);
    if (known?.forward.state === 'failed') await known.forward.startAgain(specification);
    return await settled(entry);
  }

  /** Releases a holder. After the last holder, resolves when the forward has ended. */
  async release(holder: string): Promise<void> {
    await this.#letGo((holders) => holders.release(holder));
  }

  /** Releases the holders that end with a client. Resolves when their forwards have ended. */
  async clientGone(client: ClientKey): Promise<void> {
    await this.#letGo((holders) => holders.clientGone(client));
  }

  /**
   * Releases the holders of a terminal command that has ended. A command that was killed before all of its forwards carried
   * traffic leaves none of them behind, like one that was stopped. Resolves when the forwards have ended.
   */
  async terminalGone(client: ClientKey): Promise<void> {
    const isUnfinished = [...this.#entries.values()].some(
      ({ forward: { state }, holders }) =>
        (state === 'starting' || state === 'failed') && holders.has(client),
    );
    if (isUnfinished) await this.#letGo((holders) => holders.releaseAll(client));
    else await this.clientGone(client);
  }

  /**
   * Stops a forward for all holders at the request of a person. The forward can be restored for some time. @throws CodedError
   * `FORWARD_NOT_FOUND`
   */
  async stop(id: string): Promise<void> {
    const { forward, owner, holders } = this.#get(id);
    const specification = onSamePort(forward);
    const isFirst = forward.state !== 'stopping';
    const retained = owner.retain();
    await this.#end(id);
    if (isFirst) this.#stopped.add(id, { specification, owner, retained, holders });
    else retained.dispose();
  }

  /** Stops all forwards like {@link stop}. Resolves with their number. */
  async stopAll(): Promise<number> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.stop(id).catch(() => {})));
    return ids.length;
  }

  /**
   * Restores a stopped forward for the holders that have not released it since, or for `holder`. @throws CodedError
   * `FORWARD_NOT_FOUND`
   */
  async restore(id: string, holder: Holder, client: ClientKey): Promise<ForwardSnapshot> {
    checkHolder(holder);
    const stopped = this.#stopped.take(id);
    if (stopped === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
    const { specification, owner, retained, holders } = stopped;
    if (holders.isEmpty) holders.add(holder, client);
    const entry = this.#add(id, specification, owner, holders);
    retained.dispose();
    return await settled(entry);
  }

  /**
   * Retries at once. @param plugins the plugins allowed from now on; optional, default as before. @throws CodedError
   * `FORWARD_NOT_FOUND`
   */
  async restart(id: string, plugins?: PluginTerms): Promise<ForwardSnapshot> {
    const entry = this.#get(id);
    const { forward, owner } = entry;
    if (plugins !== undefined) forward.setPlugins(plugins);
    await owner.signIn(forward.specification.target.context);
    forward.restart();
    return await settled(entry);
  }

  /** @throws CodedError `FORWARD_NOT_FOUND`, `INVALID_PORT`, `PORT_IN_USE`, `PORT_NOT_PERMITTED` */
  async changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    checkPort(port, 0);
    const entry = this.#get(id);
    if (entry.forward.localPort !== port) await entry.forward.changeLocalPort(port);
    return await settled(entry);
  }

  /** Sets a label; an empty one removes it. @throws CodedError `FORWARD_NOT_FOUND` */
  setLabel(id: string, label: string): void {
    this.#get(id).forward.setLabel(label);
  }

  /** @throws CodedError `FORWARD_NOT_FOUND` */
  setRequestLog(id: string, mode: RequestLogMode): void {
    this.#get(id).forward.setRequestLog(mode);
  }

  async close(): Promise<void> {
    await this.stopAll();
    this.#stopped.dispose();
    this.#counts?.dispose();
    this.#didChange.dispose();
    this.#didLog.dispose();
  }

  #get(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
    return entry;
  }

  #add(id: string, specification: ForwardSpecification, owner: ForwardOwner, holders: Holders): Entry {
    const { startSession, inspection } = this.#options;
    const requestLog = inspection.requestLog.forward(id);
    const forward = new ManagedForward({
      id,
      specification,
      requestLog,
      startSession: (wanted, plugins) => startSession(owner.target(wanted, plugins), wanted, requestLog.open),
      onChange: () => this.#announce(),
      clock: this.#options.clock,
      findHolder: (port) => this.#findHolder(port),
      onLog: (entry) => this.#didLog.fire(entry),
    });
    const sampled = inspection.sample(id, () => forward.counters);
    const entry = { forward, owner, holders, retained: owner.retain(), sampled };
    this.#entries.set(id, entry);
    this.#announce();
    if (this.#entries.size === 1) this.#scheduleCounts();
    return entry;
  }

  async #letGo(release: (holders: Holders) => boolean): Promise<void> {
    for (const holders of this.#stopped.holders) release(holders);
    const changed = [...this.#entries].filter(([, { holders }]) => release(holders));
    if (changed.length > 0) this.#announce();
    const ending = changed.filter(([, { holders }]) => holders.isEmpty);
    await Promise.all(ending.map(([id]) => this.#end(id)));
  }

  async #end(id: string): Promise<void> {
    const { forward, retained, sampled } = this.#get(id);
    await forward.stop();
    if (!this.#entries.delete(id)) return;
    retained.dispose();
    sampled.dispose();
    this.#announce();
    if (this.#entries.size === 0) this.#counts?.dispose();
  }

  /** Finds a forward with the same target, port and suitable local port: several windows restore the same forward at once. */
  #find(specification: ForwardSpecification, owner: ForwardOwner): Entry | undefined {
    const wanted = identityOf(specification);
    const { mode, port } = specification.localPort;
    for (const entry of this.#entries.values()) {
      const { forward, owner: other } = entry;
      if (other.key !== owner.key || identityOf(forward.specification) !== wanted) continue;
      if (forward.state === 'stopping' || forward.state === 'stopped') continue;
      const isPort = (forward.localPort ?? forward.specification.localPort.port) === port;
      if (mode === 'exact' ? isPort : haveOneName(forward.specification, specification)) return entry;
    }
    return undefined;
  }

  async #findHolder(port: number): Promise<string | undefined> {
    for (const { forward } of this.#entries.values()) {
      if (forward.localPort === port) return forward.name;
    }
    return await findPortHolder('127.0.0.1', port);
  }

  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    queueMicrotask(() => {
      this.#isAnnounced = false;
      this.#didChange.fire();
    });
  }

  #scheduleCounts(): void {
    this.#counts?.dispose();
    const timer = this.#options.clock.setTimer(COUNTS_INTERVAL_MS, () => {
      const counts = JSON.stringify(this.list().map((forward) => forward.counts));
      if (counts !== this.#lastCounts) this.#announce();
      this.#lastCounts = counts;
      this.#scheduleCounts();
    });
    this.#counts = toDisposable(() => timer.dispose());
  }
}

async function settled(entry: Entry): Promise<ForwardSnapshot> {
  await entry.forward.settled();
  return snapshotOf(entry);
}

function snapshotOf({ forward, holders }: Entry): ForwardSnapshot {
  return { ...forward.snapshot(), holders: holders.snapshot() };
}
