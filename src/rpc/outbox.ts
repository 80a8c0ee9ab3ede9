import type { MessageConnection } from 'vscode-jsonrpc';
import {
  type ContextsSnapshot,
  contextsChanged,
  type ViewSnapshot,
  viewChanged,
} from './clustersContract.ts';
import { type LogEntry, logged } from './contract.ts';
import {
  EXCHANGE_LIMIT,
  type Exchange,
  type ExchangeFilter,
  exchangesChanged,
  exchangesCleared,
  type TrafficSampled,
  trafficSampled,
} from './exchanges.ts';
import { type ForwardSnapshot, forwardsChanged } from './forwardsContract.ts';
import { type GatewaySnapshot, gatewaysChanged } from './gatewayContract.ts';
import type { NotificationType } from './messages.ts';

/**
 * The maximum number of log lines that wait for a client that does not read. If there are more, the oldest are dropped.
 */
const MAX_LOG_ENTRIES = 2_000;

/** The notifications that a host can send to a client. */
export type HostNotifications = Omit<Outbox, 'close'>;

/**
 * Sends notifications to one client, one after the other. While the client does not read, notifications wait. A new
 * snapshot replaces a waiting snapshot of the same kind: of all forwards, of one view, and so on. The numbers of
 * waiting log lines and exchanges are limited. So the waiting notifications need only limited memory, and a client that
 * reads again gets the current snapshots.
 */
export class Outbox {
  readonly #connection: MessageConnection;
  readonly #states = new Map<string, () => Promise<void>>();
  readonly #exchanges = new Map<number, Exchange>();
  #log: LogEntry[] = [];
  #isSending = false;
  #isClosed = false;

  constructor(connection: MessageConnection) {
    this.#connection = connection;
  }

  contextsChanged(contexts: ContextsSnapshot): void {
    this.#post('contexts', contextsChanged, contexts);
  }

  viewChanged(view: ViewSnapshot): void {
    this.#post(`view ${view.viewId}`, viewChanged, view);
  }

  forwardsChanged(forwards: readonly ForwardSnapshot[]): void {
    this.#post('forwards', forwardsChanged, forwards);
  }

  gatewaysChanged(gateways: readonly GatewaySnapshot[]): void {
    this.#post('gateways', gatewaysChanged, gateways);
  }

  logged(entry: LogEntry): void {
    if (this.#isClosed) return;
    this.#log.push(entry);
    if (this.#log.length > MAX_LOG_ENTRIES) this.#log.shift();
    void this.#send();
  }

  exchangesChanged(changed: readonly Exchange[]): void {
    if (this.#isClosed) return;
    for (const exchange of changed) this.#exchanges.set(exchange.id, exchange);
    for (const id of this.#exchanges.keys()) {
      if (this.#exchanges.size <= EXCHANGE_LIMIT) break;
      this.#exchanges.delete(id);
    }
    this.#sendExchanges();
  }

  exchangesCleared(filter: ExchangeFilter): void {
    for (const { id, forward } of this.#exchanges.values()) {
      if (filter.forward === undefined || filter.forward === forward) this.#exchanges.delete(id);
    }
    // Sends the message with the waiting exchanges (logged requests) after `exchangesCleared`. If it stayed before
    // `exchangesCleared`, it could also contain new exchanges of the cleared forward, because a message gets its
    // content only when it is sent. The client would then delete these new exchanges when `exchangesCleared` arrives.
    this.#states.delete('exchanges');
    this.#post(`cleared ${filter.forward ?? ''}`, exchangesCleared, filter);
    this.#sendExchanges();
  }

  trafficSampled(sampled: TrafficSampled): void {
    this.#post('traffic', trafficSampled, sampled);
  }

  /** Drops all waiting notifications, and sends no more. */
  close(): void {
    this.#isClosed = true;
    this.#states.clear();
    this.#exchanges.clear();
    this.#log = [];
  }

  #sendExchanges(): void {
    if (this.#isClosed || this.#exchanges.size === 0) return;
    this.#states.set('exchanges', () => {
      const exchanges = [...this.#exchanges.values()];
      this.#exchanges.clear();
      return this.#connection.sendNotification(exchangesChanged.method, { exchanges });
    });
    void this.#send();
  }

  #post<P>(key: string, { method }: NotificationType<P>, parameters: P): void {
    if (this.#isClosed) return;
    this.#states.set(key, () => this.#connection.sendNotification(method, parameters));
    void this.#send();
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      for (let send = this.#next(); send !== undefined; send = this.#next()) await send();
    } catch {
      // Sending fails if the connection to the client has closed. Nobody can receive the waiting notifications, so they
      // are dropped.
      this.close();
    } finally {
      this.#isSending = false;
    }
  }

  #next(): (() => Promise<void>) | undefined {
    const entry = this.#log.shift();
    if (entry !== undefined) return () => this.#connection.sendNotification(logged.method, entry);
    const [first] = this.#states;
    if (first === undefined) return undefined;
    this.#states.delete(first[0]);
    return first[1];
  }
}
