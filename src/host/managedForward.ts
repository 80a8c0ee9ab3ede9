import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import type { ForwardRequestLog } from '../inspect/requestLog.ts';
import { type RequestLogMode, withoutRecording } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import { isStopped } from '../kinds/stopped.ts';
import { nameOfForward } from '../kinds/target.ts';
import type { PluginTerms } from '../rpc/clustersContract.ts';
import type { LogEntry } from '../rpc/contract.ts';
import type { ForwardSnapshot, ForwardSpecification, StartForward } from '../rpc/forwardsContract.ts';
import type { Holder } from '../rpc/holdersContract.ts';
import { withPlugins } from '../rpc/pluginTerms.ts';
import type { Session } from '../session/session.ts';
import type { SessionState } from '../session/state.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import { ForwardSession } from './forwardSession.ts';
import type { HeldItem } from './heldList.ts';
import type { Holders } from './holders.ts';

export interface ManagedForwardOptions {
  readonly id: string;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
  readonly specification: ForwardSpecification;
  /** Starts a session, which connects to the pod and reconnects. */
  readonly startSession: (
    specification: ForwardSpecification,
    /**
     * Returns the plugins that the client allows at the time of the call, because the user may allow other plugins
     * after the session has started.
     */
    plugins: () => PluginTerms | undefined,
  ) => Session;
  readonly onChange: () => void;
  readonly onLog: (entry: LogEntry) => void;
  /** Logs the requests that pass through the forward. */
  readonly requestLog: ForwardRequestLog;
  readonly clock: Clock;
  /** Returns the name of the forward or program that uses a local port. Undefined if that is not known. */
  readonly findHolder: (port: number) => Promise<string | undefined>;
  /** Returns the wall clock in milliseconds since the epoch. Optional, default `Date.now`. */
  readonly now?: () => number;
}

/**
 * A forward in the host's list: its session, which connects to the pod and reconnects, and its snapshot for clients.
 * The forward gets a new session when the local port changes, or when the forward has failed and is started again.
 */
export class ManagedForward implements HeldItem<StartForward, ForwardSnapshot> {
  readonly id: string;
  readonly owner: ForwardOwner;
  readonly holders: Holders;
  readonly #options: ManagedForwardOptions;
  #specification: ForwardSpecification;
  #current: ForwardSession;
  /**
   * The session on the new port, while `changeLocalPort` waits until this session listens. Undefined at any other time.
   */
  #next: ForwardSession | undefined;

  constructor(options: ManagedForwardOptions) {
    this.id = options.id;
    this.owner = options.owner;
    this.holders = options.holders;
    this.#options = options;
    this.#specification = options.specification;
    options.requestLog.setMode(options.specification.requestLog ?? 'off');
    this.#current = this.#start(options.specification);
  }

  get specification(): ForwardSpecification {
    return this.#specification;
  }

  /** The name of the forward for people: its label or, without a label, its target and port. */
  get name(): string {
    return nameOfForward(this.#specification);
  }

  get localPort(): number | undefined {
    return this.#current.localPort;
  }

  get requestLog(): RequestLogMode {
    return this.#options.requestLog.mode;
  }

  get counters(): ForwardCounters {
    return this.#current.session.counters;
  }

  get polledValues(): unknown {
    return this.counters;
  }

  get state(): SessionState['type'] {
    return this.#current.session.state.type;
  }

  /** The specification with which another session or host starts this forward again on the same local port. */
  get onSamePort(): ForwardSpecification {
    const { specification, localPort: port } = this;
    return port === undefined ? specification : { ...specification, localPort: { mode: 'exact', port } };
  }

  startFor(holder: Holder, isNamed = true): StartForward {
    return { ...this.onSamePort, ...(isNamed && { holder }) };
  }

  snapshot(): ForwardSnapshot {
    return {
      id: this.id,
      specification: this.#specification,
      holders: this.holders.snapshot(),
      requestLog: this.#options.requestLog.mode,
      ...this.#current.snapshot(),
    };
  }

  /** Resolves when the first attempt to connect to a pod has succeeded or failed. */
  settled(): Promise<void> {
    return this.#current.settled();
  }

  /**
   * Ends the session and starts a new session. The new specification must have the same target and remote port. The
   * forward keeps its label, by which a window recognizes its saved forward, and the mode of its request log: a client
   * that starts the forward again may not know them. Plugins that earlier clients allowed stay allowed unless the new
   * specification allows another plugin.
   */
  async startAgain(specification: ForwardSpecification): Promise<void> {
    const ended = this.stop();
    this.addPlugins(specification.target.context.plugins);
    const { target, label, requestLog, portName, appProtocol } = this.#specification;
    this.#specification = {
      ...defined({ portName, appProtocol }),
      ...specification,
      target,
      ...defined({ label, requestLog }),
    };
    this.#current = this.#start(this.#specification);
    this.#options.onChange();
    await ended;
  }

  /**
   * Adds the exec plugin or token file of a kubeconfig that a client has just allowed. The next attempt to connect may
   * use it.
   */
  addPlugins(plugins: PluginTerms | undefined): void {
    const { target } = this.#specification;
    const context = withPlugins(target.context, plugins);
    this.#specification = { ...this.#specification, target: { ...target, context } };
  }

  restart(): void {
    this.#current.session.retry();
  }

  setLabel(label: string): void {
    const { label: _, ...specification } = this.#specification;
    this.#specification = label === '' ? specification : { ...specification, label };
    this.#options.onChange();
  }

  setRequestLog(mode: RequestLogMode): void {
    this.#options.requestLog.setMode(mode);
    this.#specification = { ...this.#specification, requestLog: withoutRecording(mode) };
    this.#options.onChange();
  }

  /**
   * Moves the forward to another local port. If the new port is not available, the forward keeps the old port. If
   * `port` is the current port, only cancels an earlier move that has not ended yet.
   * @throws CodedError `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `INVALID_PORT`; `STOPPED` if the forward was stopped,
   *   started again or moved to yet another port before the new port was bound
   */
  async changeLocalPort(port: number): Promise<void> {
    if (isStopped(this.state)) throw new CodedError('STOPPED');
    const replaced = this.#next;
    if (port === this.localPort) {
      this.#next = undefined;
      return await replaced?.session.stop();
    }
    const localPort = { mode: 'exact', port } as const;
    const next = this.#start({ ...this.#specification, localPort }, true);
    this.#next = next;
    const [failure] = await Promise.all([boundOrFailed(next.session), replaced?.session.stop()]);
    const isCurrent = this.#next === next;
    if (isCurrent) this.#next = undefined;
    if (failure !== undefined || !isCurrent) {
      await next.session.stop();
      throw failure ?? new CodedError('STOPPED');
    }
    const old = this.#current;
    this.#current = next;
    this.#specification = { ...this.#specification, localPort };
    this.#options.onChange();
    await old.session.stop();
  }

  async stop(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    await Promise.all([this.#current.session.stop(), next?.session.stop()]);
  }

  #start(specification: ForwardSpecification, isMove = false): ForwardSession {
    const { startSession, onChange, onLog, clock, findHolder, now = Date.now } = this.#options;
    const session = startSession(specification, () => this.#specification.target.context.plugins);
    return new ForwardSession({
      ...{ session, specification, isMove },
      ...{ onChange, onLog, clock, findHolder, now },
    });
  }
}

/**
 * Resolves with undefined as soon as the session listens. If the session fails or stops first, resolves with the
 * reason.
 */
function boundOrFailed(session: Session): Promise<CodedError | undefined> {
  return new Promise((resolve) => {
    const settle = (failure?: CodedError) => {
      notices.dispose();
      changes.dispose();
      resolve(failure);
    };
    const notices = session.onDidNotice((notice) => {
      if (notice.type === 'bound') settle();
    });
    const changes = session.onDidChange((state) => {
      if (state.type === 'failed') settle(state.error);
      else if (state.type === 'stopping') settle(new CodedError('STOPPED'));
    });
  });
}
