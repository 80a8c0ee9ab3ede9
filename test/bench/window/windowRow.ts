import type { Unit } from '../rows/experiment.ts';

/** One measurement of a VS Code window with the extension, and its goal. */
export interface WindowRow {
  readonly title: string;
  readonly unit: Unit;
  /** NaN if it could not be measured. */
  readonly value: number;
  readonly atMost?: number;
  /** The known reason why the goal is not reached. */
  readonly obstacle?: string;
}

export interface WindowSizes {
  /** Sizes of the namespaces that are expanded; a VS Code is started for each. */
  readonly treePods: readonly number[];
  /** How long watch events arrive and forwards run at full rate, in seconds. */
  readonly seconds: number;
  /** How often a window is reloaded. */
  readonly starts: number;
}
