import type { PeerName } from './peers.ts';
import type { Metric, Values } from './rows/experiment.ts';
import { median, type Spread, spreadOf } from './statistics.ts';

/** A failed measurement, which the report lists below the tables. */
export interface Failure {
  readonly experiment: string;
  readonly peer: PeerName;
  readonly reason: string;
}

/** The measured values. In each turn, a peer gets one value for each metric. */
export class Results {
  readonly #samples = new Map<string, Map<PeerName, number[]>>();
  readonly metrics: Metric[] = [];
  readonly failures: Failure[] = [];

  /** Adds the metrics of an experiment, which have no values yet. */
  begin(metrics: readonly Metric[]): void {
    for (const metric of metrics) {
      this.metrics.push(metric);
      this.#samples.set(metric.id, new Map());
    }
  }

  /** Adds the values from one turn of a peer. A missing value is stored as NaN. */
  add(metrics: readonly Metric[], peer: PeerName, values: Values): void {
    for (const { id } of metrics) {
      const row = this.#samples.get(id);
      row?.set(peer, [...(row.get(peer) ?? []), values[id] ?? Number.NaN]);
    }
  }

  has(metric: string): boolean {
    return this.#samples.has(metric);
  }

  /** Returns the median of a peer's values. NaN if there are none. */
  median(metric: string, peer: PeerName): number {
    return median(this.#valuesOf(metric, peer).filter((value) => !Number.isNaN(value)));
  }

  /**
   * Returns the values of one peer divided by those of another peer, turn by turn. Returns undefined if there is no
   * turn in which both peers have a value.
   */
  ratio(metric: string, peer: PeerName, other: PeerName): Spread | undefined {
    const others = this.#valuesOf(metric, other);
    const ratios = this.#valuesOf(metric, peer).map((value, turn) => value / (others[turn] ?? Number.NaN));
    const known = ratios.filter((ratio) => Number.isFinite(ratio));
    return known.length === 0 ? undefined : spreadOf(known);
  }

  #valuesOf(metric: string, peer: PeerName): readonly number[] {
    return this.#samples.get(metric)?.get(peer) ?? [];
  }
}
