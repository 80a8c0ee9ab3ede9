import type { Disposable } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { Emitter, type Event } from '../base/event.ts';
import { EXCHANGE_LIMIT, type Exchange, type ExchangeDetails } from '../kinds/exchange.ts';
import { type ExchangeChange, type ExchangeStart, OpenExchange } from './openExchange.ts';
import { MemoryBudget } from './recording/memoryBudget.ts';
import { Recording } from './recording/recording.ts';

/**
 * The maximum number of bytes in all recorded heads and bodies of a process together. With more, the oldest recordings
 * are discarded.
 */
export const RECORDING_LIMIT = 32 * 1024 * 1024;

export interface ChangedExchange {
  readonly exchange: OpenExchange;
  readonly change: ExchangeChange;
}

/**
 * The latest exchanges (requests with their responses) of all forwards, in memory only. The creator must dispose of the
 * log.
 */
export class ExchangeLog implements Disposable {
  readonly #exchanges = new Map<number, OpenExchange>();
  readonly #budget = new MemoryBudget(RECORDING_LIMIT, () => this.#forgetOldestRecording());
  readonly #recorded = new Set<OpenExchange>();
  readonly #didChange = new Emitter<ChangedExchange>();
  readonly #didClear = new Emitter<string | undefined>();
  #nextId = 1;

  /**
   * Fires when an exchange is added or changes, including its byte counts. After an event with the change `progress`,
   * does not fire for further progress of the same exchange until a subscriber has read `exchange.row`: the row
   * contains the latest values whenever it is read.
   */
  readonly onDidChange: Event<ChangedExchange> = this.#didChange.event;
  /**
   * Fires when exchanges were removed with {@link clear}. The value is the id of the forward whose exchanges were
   * removed; undefined if all exchanges were removed.
   */
  readonly onDidClear: Event<string | undefined> = this.#didClear.event;

  get recordedBytes(): number {
    return this.#budget.usedBytes;
  }

  begin(start: ExchangeStart, isRecorded: boolean): OpenExchange {
    const recording = isRecorded ? new Recording(this.#budget) : undefined;
    const exchange = new OpenExchange(this.#nextId++, start, recording, (changed, change) =>
      this.#change(changed, change),
    );
    this.#exchanges.set(exchange.id, exchange);
    if (recording !== undefined) this.#recorded.add(exchange);
    if (this.#exchanges.size > EXCHANGE_LIMIT) this.#forgetOldest();
    this.#change(exchange, 'progress');
    return exchange;
  }

  /** Returns the rows of the log, oldest first. @param forward the id of a forward or gateway; optional, default all */
  list(forward?: string): readonly Exchange[] {
    return [...this.#exchanges.values()]
      .filter((exchange) => forward === undefined || exchange.forward === forward)
      .map(({ row }) => row);
  }

  /**
   * Resolves with an exchange and its recorded heads and bodies.
   * @throws CodedError `EXCHANGE_NOT_FOUND` if the exchange was not recorded or its recording was discarded
   */
  async read(id: number): Promise<ExchangeDetails> {
    const exchange = this.#exchanges.get(id);
    const recorded = await exchange?.recording?.read();
    if (exchange === undefined || recorded === undefined) throw new CodedError('EXCHANGE_NOT_FOUND', { id });
    return { ...exchange.row, ...recorded };
  }

  /** Removes exchanges from the log. @param forward the id of a forward or gateway; optional, default all */
  clear(forward?: string): void {
    for (const exchange of this.#exchanges.values()) {
      if (forward === undefined || exchange.forward === forward) this.#forget(exchange);
    }
    this.#didClear.fire(forward);
  }

  dispose(): void {
    for (const exchange of this.#exchanges.values()) this.#forget(exchange);
    this.#didChange.dispose();
    this.#didClear.dispose();
  }

  #change(exchange: OpenExchange, change: ExchangeChange): void {
    if (change === 'end') exchange.recording?.seal();
    if (this.#didChange.hasListeners && this.#exchanges.has(exchange.id))
      this.#didChange.fire({ exchange, change });
  }

  #forgetOldest(): void {
    const [oldest] = this.#exchanges.values();
    if (oldest !== undefined) this.#forget(oldest);
  }

  #forget(exchange: OpenExchange): void {
    this.#exchanges.delete(exchange.id);
    this.#recorded.delete(exchange);
    exchange.recording?.discard();
  }

  #forgetOldestRecording(): boolean {
    const [oldest] = this.#recorded;
    if (oldest === undefined) return false;
    this.#recorded.delete(oldest);
    oldest.recording?.discard();
    this.#change(oldest, 'progress');
    return true;
  }
}
