import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import { until } from '../base/event.ts';
import type { ForwardRequestLog } from '../inspect/requestLog.ts';
import { type RequestLogMode, withoutRecording } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import { formatTarget } from '../kinds/target.ts';
import type {
  ErrorInfo,
  ForwardSnapshot,
  ForwardSpecification,
  ForwardState,
  Holder,
  LogEntry,
  Outage,
  PluginTerms,
  StartForward,
} from '../rpc/contract.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import { remindOfOutage } from '../session/outageReminder.ts';
import type { Session } from '../session/session.ts';
import type { SessionState } from '../session/state.ts';
import { ForwardLog } from './forwardLog.ts';
import type { ForwardOwner } from './forwardOwner.ts';
import { boundSnapshot, type HeldItem } from './heldList.ts';
import type { Holders } from './holders.ts';
import { withPlugins } from './specification.ts';

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
  readonly #now: () => number;
  #specification: ForwardSpecification;
  #session: Session;
  /**
   * The session on the new port, while `changeLocalPort` waits until this session listens. Undefined at any other time.
   */
  #next: Session | undefined;
  #lastConnectionError: ErrorInfo | undefined;
  #waiting: CodedError | undefined;
  #outage: Outage | undefined;
  #holder: string | undefined;
  #holderKnown: Promise<void> = Promise.resolve();

  constructor(options: ManagedForwardOptions) {
    this.id = options.id;
    this.owner = options.owner;
    this.holders = options.holders;
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#specification = options.specification;
    options.requestLog.setMode(options.specification.requestLog ?? 'off');
    this.#session = this.#start(options.specification);
  }

  get specification(): ForwardSpecification {
    return this.#specification;
  }

  /** The name of the forward for people: its label or, without a label, its target and port. */
  get name(): string {
    const { label, target, remotePort } = this.#specification;
    return label !== undefined && label !== '' ? label : `${formatTarget(target)}:${remotePort}`;
  }

  get localPort(): number | undefined {
    return this.#session.addresses[0]?.localPort;
  }

  get requestLog(): RequestLogMode {
    return this.#options.requestLog.mode;
  }

  get counters(): ForwardCounters {
    return this.#session.counters;
  }

  get counts(): unknown {
    return this.counters;
  }

  get state(): SessionState['type'] {
    return this.#session.state.type;
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
    const { addresses } = this.#session;
    const [bound] = addresses;
    const local = boundSnapshot(this.#specification.localPort, addresses);
    return {
      id: this.id,
      specification: this.#specification,
      state: this.#forwardState(),
      holders: this.holders.snapshot(),
      counts: this.#session.counters,
      requestLog: this.#options.requestLog.mode,
      ...local,
      ...(bound !== undefined && bound.remotePort !== 0 && { remotePort: bound.remotePort }),
      ...(local.replacedPort !== undefined &&
        this.#holder !== undefined && { replacedPortHolder: this.#holder }),
      ...(this.#lastConnectionError && { lastConnectionError: this.#lastConnectionError }),
    };
  }

  /** Resolves when the first attempt to connect to a pod has succeeded or failed. */
  async settled(): Promise<void> {
    const session = this.#session;
    await until(session.onDidChange, () => session.state.type !== 'starting');
    await this.#holderKnown;
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
    this.#lastConnectionError = undefined;
    this.#session = this.#start(this.#specification);
    this.#options.onChange();
    await ended;
  }

  /** Adds the plugins that a client allows from now on. The next attempt of the session uses them. */
  addPlugins(plugins: PluginTerms | undefined): void {
    const { target } = this.#specification;
    const context = withPlugins(target.context, plugins);
    this.#specification = { ...this.#specification, target: { ...target, context } };
  }

  restart(): void {
    this.#session.retry();
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
    if (this.state === 'stopping' || this.state === 'stopped') throw new CodedError('STOPPED');
    const replaced = this.#next;
    if (port === this.localPort) {
      this.#next = undefined;
      return await replaced?.stop();
    }
    const localPort = { mode: 'exact', port } as const;
    const session = this.#start({ ...this.#specification, localPort });
    this.#next = session;
    const [failure] = await Promise.all([boundOrFailed(session), replaced?.stop()]);
    const isCurrent = this.#next === session;
    if (isCurrent) this.#next = undefined;
    if (failure !== undefined || !isCurrent) {
      await session.stop();
      throw failure ?? new CodedError('STOPPED');
    }
    const old = this.#session;
    this.#session = session;
    this.#specification = { ...this.#specification, localPort };
    this.#options.onChange();
    await old.stop();
  }

  async stop(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    await Promise.all([this.#session.stop(), next?.stop()]);
  }

  #forwardState(): ForwardState {
    const { state, failures, wasConnected } = this.#session;
    const outage = this.#outage;
    const waiting = this.#waiting === undefined ? {} : { waiting: toErrorInfo(this.#waiting) };
    switch (state.type) {
      case 'starting':
        return { type: 'starting', ...waiting };
      case 'ready': {
        const { pod, transport, isPodReady } = state;
        const warning = { code: 'POD_TAKEN_UNREADY', arguments: { name: pod.name } } as const;
        return { type: 'ready', pod: pod.name, transport, ...(!isPodReady && { warning }) };
      }
      case 'reconnecting': {
        const { step } = state;
        const error = toErrorInfo(state.error);
        if (!wasConnected) return { type: 'starting', error, ...waiting, ...(outage && { outage }) };
        if (step.type === 'unready') {
          const tunnel = { pod: step.pod.name, transport: step.transport };
          return { type: 'reconnecting', error, attempt: failures + 1, tunnel };
        }
        return { type: 'reconnecting', error, attempt: failures + 1, ...(outage && { outage }) };
      }
      case 'failed':
        return { type: 'failed', error: toErrorInfo(state.error) };
      default:
        return { type: state.type };
    }
  }

  /**
   * Updates `#outage`: the time at which the session lost its connection to the pod, and the time at which it last
   * tried to reconnect. Called whenever the state of the session changes. The state changes when the session begins to
   * reconnect and when reconnecting fails, so the current time is the time at which it last tried.
   */
  #followOutage(state: SessionState): void {
    if (state.type !== 'reconnecting' || state.step.type === 'unready') {
      this.#outage = undefined;
      return;
    }
    const now = this.#now();
    this.#outage = { sinceMs: this.#outage?.sinceMs ?? now, lastTryMs: now };
  }

  /**
   * If the session listens on a port other than the preferred port, finds out which forward or program uses the
   * preferred port, for the snapshot. Never rejects.
   */
  async #findHolder({ localPort }: ForwardSpecification, bound: number | undefined): Promise<void> {
    const { mode, port } = localPort;
    this.#holder =
      mode === 'preferred' && port !== 0 && port !== bound
        ? await this.#options.findHolder(port).catch(() => undefined)
        : undefined;
  }

  #start(specification: ForwardSpecification): Session {
    const plugins = () => this.#specification.target.context.plugins;
    const session = this.#options.startSession(specification, plugins);
    const log = new ForwardLog(specification);
    session.onDidChange((state) => {
      this.#waiting = undefined;
      this.#followOutage(state);
      this.#options.onChange();
    });
    const onNotice = (notice: ForwardNotice) => {
      if (notice.type === 'waiting' && notice.error.message === this.#waiting?.message) return;
      this.#options.onLog(log.entry(notice, session.addresses[0]?.localPort));
      if (notice.type === 'waiting') {
        this.#waiting = notice.error;
        this.#options.onChange();
      }
      if (notice.type === 'connectionEnded' && notice.error !== undefined) {
        this.#lastConnectionError = toErrorInfo(notice.error);
        this.#options.onChange();
      }
      if (notice.type === 'bound') {
        this.#holderKnown = this.#findHolder(specification, notice.addresses[0]?.localPort);
        this.#options.onChange();
      }
      if (notice.type === 'outage') {
        // While the API server does not answer, the session polls it, but the state of the session does not change. So
        // the time at which the session last tried to reconnect is also updated here, and not only when the state
        // changes.
        if (notice.isServerSilent) this.#followOutage(session.state);
        this.#options.onChange();
      }
    };
    session.onDidNotice(onNotice);
    // Does not dispose of the result: the reminders end when the session ends.
    remindOfOutage(session, this.#options.clock, onNotice);
    return session;
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
