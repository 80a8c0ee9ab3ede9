import { isIP } from 'node:net';
import type { Clock } from '../base/async.ts';
import { type Disposable, toDisposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { isPort } from '../kinds/ports.ts';
import type { ContextReference, ForwardSnapshot, ForwardSpecification, LogEntry } from '../rpc/contract.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { ManagedForward } from './managedForward.ts';

/** Whose forwards they are: those of one environment. */
export interface ForwardOwner {
  readonly key: string;
  /** Keeps the environment for as long as a forward needs it. */
  retain(): Disposable;
  /** The target of a specification, in this environment, which tells what it waits for. */
  target(specification: ForwardSpecification, onWaiting: (reason: string) => void): SessionOptions['target'];
  /** Asks a person to sign in where that is what is missing. Never rejects. */
  signIn(context: ContextReference): Promise<void>;
}

export interface ForwardManagerOptions {
  readonly clock: Clock;
  /** Makes a session for a specification; tests make one without a network. */
  readonly startSession: (target: SessionOptions['target'], specification: ForwardSpecification) => Session;
}

interface Entry {
  readonly forward: ManagedForward;
  readonly owner: ForwardOwner;
  readonly retained: Disposable;
}

/** How often counts are told that change by themselves, milliseconds. */
const COUNTS_INTERVAL_MS = 1_000;

/** All forwards of the host, which all clients see. Whoever makes it calls {@link close}. */
export class ForwardManager {
  readonly #options: ForwardManagerOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #didChange = new Emitter<void>();
  readonly #didLog = new Emitter<LogEntry>();
  #nextId = 1;
  #isAnnounced = false;
  #counts: Disposable | undefined;
  #lastCounts = '';

  /** Fires when a snapshot is another one, once for changes that come together. */
  readonly onDidChange: Event<void> = this.#didChange.event;
  readonly onDidLog: Event<LogEntry> = this.#didLog.event;

  constructor(options: ForwardManagerOptions) {
    this.#options = options;
  }

  /** Whether one of them is to go on although no client is there. */
  get keepsHost(): boolean {
    return [...this.#entries.values()].some(
      ({ forward }) => forward.specification.keepsHost === true && forward.state !== 'failed',
    );
  }

  list(): readonly ForwardSnapshot[] {
    return [...this.#entries.values()].map(({ forward }) => forward.snapshot());
  }

  /** Specifications that would bring the forwards of one environment back on the same local ports. */
  specificationsOf(ownerKey: string): readonly ForwardSpecification[] {
    return [...this.#entries.values()]
      .filter(({ owner }) => owner.key === ownerKey)
      .map(({ forward: { specification, localPort } }) =>
        localPort === undefined
          ? specification
          : { ...specification, localPort: { mode: 'exact', port: localPort } },
      );
  }

  /**
   * Starts a forward; where the same one is there already, it is that one. Resolves once it is known how it starts.
   * @throws CodedError `INVALID_PORT`, `INVALID_ADDRESS`
   */
  async start(specification: ForwardSpecification, owner: ForwardOwner): Promise<ForwardSnapshot> {
    checkSpecification(specification);
    const known = this.#find(specification, owner);
    if (known !== undefined && known.state !== 'failed') return await known.settled();
    if (known !== undefined) await this.stop(known.id);
    const id = String(this.#nextId++);
    const forward = new ManagedForward({
      id,
      specification,
      startSession: (wanted, onWaiting) =>
        this.#options.startSession(owner.target(wanted, onWaiting), wanted),
      onChange: () => this.#announce(),
      clock: this.#options.clock,
      onLog: (entry) => this.#didLog.fire(entry),
    });
    this.#entries.set(id, { forward, owner, retained: owner.retain() });
    this.#announce();
    this.#scheduleCounts();
    return await forward.settled();
  }

  /** @throws CodedError `FORWARD_NOT_FOUND` */
  async stop(id: string): Promise<void> {
    const { forward, retained } = this.#get(id);
    await forward.stop();
    if (!this.#entries.delete(id)) return;
    retained.dispose();
    this.#announce();
    if (this.#entries.size === 0) this.#counts?.dispose();
  }

  /** Resolves with how many were stopped. */
  async stopAll(): Promise<number> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.stop(id).catch(() => {})));
    return ids.length;
  }

  /** Another try at once. @throws CodedError `FORWARD_NOT_FOUND` */
  async restart(id: string): Promise<ForwardSnapshot> {
    const { forward, owner } = this.#get(id);
    await owner.signIn(forward.specification.target.context);
    forward.restart();
    return await forward.settled();
  }

  /** @throws CodedError `FORWARD_NOT_FOUND`, `INVALID_PORT`, `PORT_IN_USE`, `PORT_NOT_PERMITTED` */
  async changeLocalPort(id: string, port: number): Promise<ForwardSnapshot> {
    checkPort(port, 0);
    const { forward } = this.#get(id);
    if (forward.localPort !== port) await forward.changeLocalPort(port);
    return await forward.settled();
  }

  /** An empty label is none. @throws CodedError `FORWARD_NOT_FOUND` */
  setLabel(id: string, label: string): void {
    this.#get(id).forward.setLabel(label);
  }

  async close(): Promise<void> {
    await this.stopAll();
    this.#counts?.dispose();
    this.#didChange.dispose();
    this.#didLog.dispose();
  }

  #get(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new CodedError('FORWARD_NOT_FOUND', { id });
    return entry;
  }

  /** The same target and port, and the local port that was asked for or one as good: windows that restore do it together. */
  #find(specification: ForwardSpecification, owner: ForwardOwner): ManagedForward | undefined {
    const wanted = identityOf(specification);
    const { mode, port } = specification.localPort;
    for (const { forward, owner: other } of this.#entries.values()) {
      if (other.key !== owner.key || identityOf(forward.specification) !== wanted) continue;
      if (forward.state === 'stopping' || forward.state === 'stopped') continue;
      const isPort = (forward.localPort ?? forward.specification.localPort.port) === port;
      if (isPort || (mode === 'preferred' && port !== 0)) return forward;
    }
    return undefined;
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

/** What makes two forwards the same, but for the local port. */
function identityOf({ target, remotePort, address, transport }: ForwardSpecification): string {
  const { context, namespace, kind, name } = target;
  return JSON.stringify([
    context.kubeconfig,
    context.context,
    namespace,
    kind,
    name,
    remotePort,
    address,
    transport ?? '',
  ]);
}

/** What comes from a client is checked before anything is done with it. */
function checkSpecification({ localPort, remotePort, address, patienceMs }: ForwardSpecification): void {
  checkPort(localPort.port, 0);
  if (typeof remotePort === 'number') checkPort(remotePort, 1);
  if (address !== 'localhost' && isIP(address) === 0) throw new CodedError('INVALID_ADDRESS', { address });
  if (patienceMs !== undefined && !(patienceMs > 0)) {
    throw new CodedError('USAGE', { reason: 'a forward has to wait longer than 0 ms for its pod' });
  }
}

function checkPort(port: number, minimum: 0 | 1): void {
  if (!isPort(port, minimum)) throw new CodedError('INVALID_PORT', { text: String(port) });
}
