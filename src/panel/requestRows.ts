import { EXCHANGE_LIMIT } from '../kinds/exchange.ts';
import { type Filter, readFilter } from './filter.ts';
import type { RequestRow } from './messages.ts';

/**
 * The rows of the latest requests, in the order in which the requests began. `matching` contains the rows that pass the
 * filter.
 */
export class RequestRows {
  readonly #rows = new Map<number, RequestRow>();
  #filter: Filter = () => true;
  #matching: readonly RequestRow[] = [];

  get total(): number {
    return this.#rows.size;
  }

  get matching(): readonly RequestRow[] {
    return this.#matching;
  }

  /**
   * Adds new rows and replaces known rows. Then removes the oldest rows, so that at most
   * {@link EXCHANGE_LIMIT} rows remain, as many as the log of the forward host keeps. Returns how many of the removed
   * rows passed the filter. The caller scrolls by their height, so that the visible rows do not move.
   */
  put(rows: readonly RequestRow[]): number {
    for (const row of rows) this.#rows.set(row.id, row);
    const before = this.#matching;
    const ids = [...this.#rows.keys()].sort((a, b) => a - b);
    const dropped = new Set(ids.slice(0, Math.max(0, ids.length - EXCHANGE_LIMIT)));
    for (const id of dropped) this.#rows.delete(id);
    this.#update();
    return before.filter(({ id }) => dropped.has(id)).length;
  }

  clear(): void {
    this.#rows.clear();
    this.#update();
  }

  setFilter(text: string): void {
    this.#filter = readFilter(text);
    this.#update();
  }

  /**
   * Returns the index in `matching` of the row with this id. Returns -1 if there is no such row, or if `id` is
   * undefined.
   */
  indexOf(id: number | undefined): number {
    return this.#matching.findIndex((row) => row.id === id);
  }

  #update(): void {
    const rows = [...this.#rows.values()].sort((a, b) => a.id - b.id);
    this.#matching = rows.filter(this.#filter);
  }
}
