import type { Clock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { CodedError } from '../base/errors.ts';
import { until } from '../base/event.ts';
import type { ForwardNotice } from '../kinds/forwardNotice.ts';
import type { LogEntry } from '../rpc/contract.ts';
import type {
  BoundSnapshot,
  ForwardSnapshot,
  ForwardSpecification,
  ForwardState,
  Outage,
} from '../rpc/forwardsContract.ts';
import type { ErrorInfo } from '../rpc/messages.ts';
import { toErrorInfo } from '../rpc/rpcErrors.ts';
import { remindOfOutage } from '../session/outageReminder.ts';
import type { Session } from '../session/session.ts';
import type { SessionState } from '../session/state.ts';
import { ForwardLog } from './forwardLog.ts';
import { boundSnapshot } from './heldList.ts';

export interface ForwardSessionOptions {
  readonly session: Session;
  readonly specification: ForwardSpecification;
  /**
   * Whether the session moves a forward to another local port. The log then says nothing about the session until the
   * session listens: if the session cannot listen, the forward goes on with its earlier session, and whoever wanted the
   * move learns the reason.
   */
  readonly isMove: boolean;
  readonly onChange: () => void;
  readonly onLog: (entry: LogEntry) => void;
  readonly clock: Clock;
  /** Returns the name of the forward or program that uses a local port. Undefined if that is not known. */
  readonly findHolder: (port: number) => Promise<string | undefined>;
  /** Returns the wall clock in milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A session of a forward, and what clients see of it in the snapshot and the log. While a forward moves to another
 * local port, it has two sessions. So what one session reports is kept here, where the other session cannot change it.
 */
export class ForwardSession {
  readonly session: Session;
  readonly #options: ForwardSessionOptions;
  readonly #log: ForwardLog;
  #isLogged: boolean;
  #lastConnectionError: ErrorInfo | undefined;
  #waiting: CodedError | undefined;
  #outage: Outage | undefined;
  #portHolder: string | undefined;
  #portHolderKnown: Promise<void> = Promise.resolve();

  constructor(options: ForwardSessionOptions) {
    const { session } = options;
    this.session = session;
    this.#options = options;
    this.#log = new ForwardLog(options.specification);
    this.#isLogged = !options.isMove;
    session.onDidChange((state) => {
      this.#waiting = undefined;
      this.#followOutage(state);
      options.onChange();
    });
    const onNotice = (notice: ForwardNotice) => this.#onNotice(notice);
    session.onDidNotice(onNotice);
    // Does not dispose of the result: the reminders end when the session ends.
    remindOfOutage(session, options.clock, onNotice);
  }

  get localPort(): number | undefined {
    return this.session.addresses[0]?.localPort;
  }

  /** Resolves when the first attempt to connect to a pod has succeeded or failed. */
  async settled(): Promise<void> {
    const { session } = this;
    await until(session.onDidChange, () => session.state.type !== 'starting');
    await this.#portHolderKnown;
  }

  /** Returns the part of the forward's snapshot that the session determines. */
  snapshot(): Pick<
    ForwardSnapshot,
    'state' | 'counts' | 'remotePort' | 'replacedPortHolder' | 'lastConnectionError' | keyof BoundSnapshot
  > {
    const { addresses, counters } = this.session;
    const [bound] = addresses;
    const local = boundSnapshot(this.#options.specification.localPort, addresses);
    return {
      state: this.#state(),
      counts: counters,
      ...local,
      ...(bound !== undefined && bound.remotePort !== 0 && { remotePort: bound.remotePort }),
      ...(local.replacedPort !== undefined &&
        this.#portHolder !== undefined && { replacedPortHolder: this.#portHolder }),
      ...defined({ lastConnectionError: this.#lastConnectionError }),
    };
  }

  #state(): ForwardState {
    const { state, failures, wasConnected } = this.session;
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
        if (!wasConnected) return { type: 'starting', error, ...waiting, ...defined({ outage }) };
        if (step.type === 'unready') {
          const tunnel = { pod: step.pod.name, transport: step.transport };
          return { type: 'reconnecting', error, attempt: failures + 1, tunnel };
        }
        return { type: 'reconnecting', error, attempt: failures + 1, ...defined({ outage }) };
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
    const now = this.#options.now();
    this.#outage = { sinceMs: this.#outage?.sinceMs ?? now, lastTryMs: now };
  }

  #onNotice(notice: ForwardNotice): void {
    if (notice.type === 'waiting' && notice.error.message === this.#waiting?.message) return;
    if (notice.type === 'bound') this.#isLogged = true;
    if (this.#isLogged) this.#options.onLog(this.#log.entry(notice, this.localPort));
    switch (notice.type) {
      case 'waiting':
        this.#waiting = notice.error;
        break;
      case 'connectionEnded':
        if (notice.error === undefined) return;
        this.#lastConnectionError = toErrorInfo(notice.error);
        break;
      case 'bound':
        this.#portHolderKnown = this.#findPortHolder(notice.addresses[0]?.localPort);
        break;
      case 'outage':
        // While the API server does not answer, the session polls it, but the state of the session does not change. So
        // the time at which the session last tried to reconnect is also updated here, and not only when the state
        // changes.
        if (notice.isServerSilent) this.#followOutage(this.session.state);
        break;
      default:
        return;
    }
    this.#options.onChange();
  }

  /**
   * If the session listens on a port other than the preferred port, finds out which forward or program uses the
   * preferred port, for the snapshot. Never rejects.
   */
  async #findPortHolder(bound: number | undefined): Promise<void> {
    const { mode, port } = this.#options.specification.localPort;
    this.#portHolder =
      mode === 'preferred' && port !== 0 && port !== bound
        ? await this.#options.findHolder(port).catch(() => undefined)
        : undefined;
  }
}
