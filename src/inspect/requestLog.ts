import { type Clock, systemClock } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import type { Disposable } from '../base/disposable.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ByteCount } from '../kinds/forwardCounters.ts';
import { CONNECTION_ENDED } from './conversation.ts';
import { ConversationTap } from './conversationTap.ts';
import { ExchangeLog } from './exchangeLog.ts';

export interface RequestLogOptions {
  readonly clock?: Clock;
  /** Returns milliseconds since the epoch. Optional, default `Date.now`. */
  readonly now?: () => number;
}

/** Logs the requests of all forwards and gateways whose request log is on. The creator must dispose of the log. */
export class RequestLog implements Disposable {
  readonly exchanges = new ExchangeLog();
  readonly #clock: Clock;
  readonly #now: () => number;

  constructor({ clock = systemClock, now = Date.now }: RequestLogOptions = {}) {
    this.#clock = clock;
    this.#now = now;
  }

  /**
   * Creates the log of one forward or gateway. The log is off at first.
   * @param id the id of the forward or gateway in the rows
   */
  forward(id: string): ForwardRequestLog {
    return new ForwardRequestLog(id, this.exchanges, this.#clock, this.#now);
  }

  dispose(): void {
    this.exchanges.dispose();
  }
}

/** A connection of a forward or gateway. Only a connection of a gateway has a service. */
interface LoggedConnection {
  readonly pod: string;
  readonly service?: string;
  readonly traffic: ByteCount;
}

/** The request log of one forward or gateway, and its open connections. */
export class ForwardRequestLog {
  readonly #forward: string;
  readonly #exchanges: ExchangeLog;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #tapOwners = new Set<LogTapOwner>();
  readonly #services = new Map<string, RequestLogMode>();
  #mode: RequestLogMode = 'off';

  constructor(forward: string, exchanges: ExchangeLog, clock: Clock, now: () => number) {
    this.#forward = forward;
    this.#exchanges = exchanges;
    this.#clock = clock;
    this.#now = now;
  }

  get mode(): RequestLogMode {
    return this.#mode;
  }

  /**
   * Maps the name of a service (`web.demo`) to the mode of its connections. Contains only the services of a gateway
   * whose mode differs from {@link mode}.
   */
  get services(): ReadonlyMap<string, RequestLogMode> {
    return this.#services;
  }

  /** Returns the mode for the connections to a service. @param service undefined for the connections of a forward */
  modeOf(service: string | undefined): RequestLogMode {
    return (service === undefined ? undefined : this.#services.get(service)) ?? this.#mode;
  }

  /**
   * Sets the mode. For open connections, logging starts or stops at once. Heads and bodies are recorded only for
   * exchanges that begin while the mode is `record`.
   * @param service the service whose mode to set; optional, default all
   */
  setMode(mode: RequestLogMode, service?: string): void {
    if (service === undefined) {
      this.#mode = mode;
      this.#services.clear();
    } else if (mode === this.#mode) this.#services.delete(service);
    else this.#services.set(service, mode);
    for (const tapOwner of this.#tapOwners) {
      if (service === undefined || tapOwner.service === service) tapOwner.setLogged(mode !== 'off');
    }
  }

  /**
   * Returns an object that turns the logging of a new connection on and off. The `tap` of this object parses the bytes
   * of the connection. `tap` is undefined while the log is off. The caller must call `end` when the connection has
   * ended.
   */
  readonly open = (connection: LoggedConnection): LogTapOwner => {
    const { pod, service } = connection;
    const tapOwner: LogTapOwner = new LogTapOwner(
      service,
      (onDetach) =>
        new ConversationTap({
          connection,
          clock: this.#clock,
          onDetach,
          begin: (start) => {
            const startedAt = this.#now() - (this.#clock.now() - start.startMs);
            const whose = { forward: this.#forward, pod, ...defined({ service }) };
            return this.#exchanges.begin(
              { ...start, startedAt, ...whose },
              this.modeOf(service) === 'record',
            );
          },
        }),
      () => this.#tapOwners.delete(tapOwner),
    );
    this.#tapOwners.add(tapOwner);
    tapOwner.setLogged(this.modeOf(service) !== 'off');
    return tapOwner;
  };
}

/**
 * Turns the logging of one connection on and off. While the connection is logged, `tap` is the object that parses its
 * bytes for the log; otherwise `tap` is undefined.
 */
class LogTapOwner {
  readonly service: string | undefined;
  readonly #createTap: (onDetach: () => void) => ConversationTap;
  readonly #onEnd: () => void;
  tap: ConversationTap | undefined;

  constructor(
    service: string | undefined,
    createTap: (onDetach: () => void) => ConversationTap,
    onEnd: () => void,
  ) {
    this.service = service;
    this.#createTap = createTap;
    this.#onEnd = onEnd;
  }

  setLogged(isLogged: boolean): void {
    if (!isLogged) this.#detach('the log was turned off');
    else
      this.tap ??= this.#createTap(() => {
        this.tap = undefined;
      });
  }

  end(): void {
    this.#onEnd();
    this.#detach(CONNECTION_ENDED);
  }

  #detach(reason: string): void {
    const { tap } = this;
    this.tap = undefined;
    tap?.end(reason);
  }
}
