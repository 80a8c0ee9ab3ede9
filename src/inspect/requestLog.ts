import { type Clock, systemClock } from '../base/async.ts';
import type { Disposable } from '../base/disposable.ts';
import type { RequestLogMode } from '../kinds/exchange.ts';
import { ConnectionTap } from './connectionTap.ts';
import { CONNECTION_ENDED } from './conversation.ts';
import { ExchangeLog } from './exchangeLog.ts';

export interface RequestLogOptions {
  readonly clock?: Clock;
  /** Returns milliseconds since the epoch. Optional, default `Date.now`. */
  readonly now?: () => number;
}

/** Follows the connections of all forwards whose log is on. The creator disposes of it. */
export class RequestLog implements Disposable {
  readonly exchanges = new ExchangeLog();
  readonly #clock: Clock;
  readonly #now: () => number;

  constructor({ clock = systemClock, now = Date.now }: RequestLogOptions = {}) {
    this.#clock = clock;
    this.#now = now;
  }

  /** Returns the log of one forward, off at first. @param id the name of the forward in the rows */
  forward(id: string): ForwardRequestLog {
    return new ForwardRequestLog(id, this.exchanges, this.#clock, this.#now);
  }

  dispose(): void {
    this.exchanges.dispose();
  }
}

/** The connections of one forward and their log. */
export class ForwardRequestLog {
  readonly #forward: string;
  readonly #exchanges: ExchangeLog;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #places = new Set<Place>();
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

  /** Switches the log. Open connections get or lose their taps; exchanges in progress keep their mode. */
  setMode(mode: RequestLogMode): void {
    this.#mode = mode;
    for (const place of this.#places) {
      if (mode === 'off') place.detach('the log was turned off');
      else if (place.tap === undefined) place.attach();
    }
  }

  /** Opens a place for a new connection. The carrier of the connection ends the place. */
  readonly open = (connection: {
    readonly pod: string;
    readonly traffic: { readonly bytesSent: number; readonly bytesReceived: number };
  }): Place => {
    const place: Place = new Place(
      (onDetach) =>
        new ConnectionTap({
          connection,
          clock: this.#clock,
          onDetach,
          begin: (start) => {
            const startedAt = this.#now() - (this.#clock.now() - start.startMs);
            return this.#exchanges.begin(
              { ...start, startedAt, forward: this.#forward, pod: connection.pod },
              this.#mode === 'record',
            );
          },
        }),
      () => this.#places.delete(place),
    );
    this.#places.add(place);
    if (this.#mode !== 'off') place.attach();
    return place;
  };
}

/** The place of a tap beside one connection. */
class Place {
  readonly #createTap: (onDetach: () => void) => ConnectionTap;
  readonly #onEnd: () => void;
  tap: ConnectionTap | undefined;

  constructor(createTap: (onDetach: () => void) => ConnectionTap, onEnd: () => void) {
    this.#createTap = createTap;
    this.#onEnd = onEnd;
  }

  attach(): void {
    this.tap = this.#createTap(() => {
      this.tap = undefined;
    });
  }

  detach(reason: string): void {
    const { tap } = this;
    this.tap = undefined;
    tap?.end(reason);
  }

  end(): void {
    this.#onEnd();
    this.detach(CONNECTION_ENDED);
  }
}
