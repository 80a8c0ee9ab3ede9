import type { Clock } from '../base/async.ts';
import { type Disposable, DisposableStore } from '../base/disposable.ts';
import type { ExchangeLog } from '../inspect/exchangeLog.ts';
import type { OpenExchange } from '../inspect/openExchange.ts';
import type { ExchangeFilter } from '../rpc/exchanges.ts';
import type { HostNotifications } from '../rpc/outbox.ts';

/** Time over which changes are collected into one message. */
const BATCH_MS = 100;

/** Sends one client the exchanges of one forward or of all forwards in batches. */
export class ExchangeWatch implements Disposable {
  readonly #clock: Clock;
  readonly #notices: Pick<HostNotifications, 'exchangesChanged' | 'exchangesCleared'>;
  readonly #owned = new DisposableStore();
  readonly #changed = new Set<OpenExchange>();
  #timer: Disposable | undefined;

  constructor(
    log: ExchangeLog,
    { forward }: ExchangeFilter,
    clock: Clock,
    notices: Pick<HostNotifications, 'exchangesChanged' | 'exchangesCleared'>,
  ) {
    this.#clock = clock;
    this.#notices = notices;
    this.#owned.add(
      log.onDidChange(({ exchange }) => {
        if (forward === undefined || exchange.forward === forward) this.#add(exchange);
      }),
    );
    this.#owned.add(log.onDidClear((cleared) => this.#clear(cleared)));
  }

  dispose(): void {
    this.#owned.dispose();
    this.#timer?.dispose();
    this.#changed.clear();
  }

  #add(exchange: OpenExchange): void {
    this.#changed.add(exchange);
    this.#timer ??= this.#clock.setTimer(BATCH_MS, () => this.#send());
  }

  #send(): void {
    this.#timer = undefined;
    const rows = [...this.#changed].map(({ row }) => row);
    this.#changed.clear();
    if (rows.length > 0) this.#notices.exchangesChanged(rows);
  }

  /** Drops collected changes of exchanges that no longer exist. */
  #clear(forward: string | undefined): void {
    for (const exchange of this.#changed) {
      if (forward === undefined || exchange.forward === forward) this.#changed.delete(exchange);
    }
    this.#notices.exchangesCleared(forward === undefined ? {} : { forward });
  }
}
