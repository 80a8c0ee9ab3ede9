import type { Unit } from '../rows/experiment.ts';

/** One figure of a VS Code window with the extension, and what it is to be. */
export interface WindowRow {
  readonly title: string;
  readonly unit: Unit;
  /** NaN where it could not be had. */
  readonly value: number;
  readonly atMost?: number;
  /** What stands in the way where it is not reached. */
  readonly obstacle?: string;
}

export interface WindowSizes {
  /** Sizes of the namespaces that are expanded; a VS Code is started for each. */
  readonly treePods: readonly number[];
  /** How long watch events come, and how long forwards run at full rate. Seconds. */
  readonly seconds: number;
  /** How often a window is reloaded. */
  readonly starts: number;
}
