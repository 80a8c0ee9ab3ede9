import type { Unit } from '../rows/experiment.ts';

/** One measurement of a VS Code window with the extension, and its goal. */
export interface WindowRow {
  readonly title: string;
  readonly unit: Unit;
  /** The measured value. NaN if it could not be measured. */
  readonly value: number;
  readonly atMost?: number;
  /** The known reason why the goal is not reached. */
  readonly obstacle?: string;
}

export interface WindowSizes {
  /** The numbers of pods in an expanded namespace. A VS Code window is started for each number. */
  readonly treePods: readonly number[];
  /** How long the pods change, and how long downloads run through forwards, in seconds. */
  readonly seconds: number;
  /** How many times the window is reloaded to measure the activation of the extension. */
  readonly starts: number;
}
