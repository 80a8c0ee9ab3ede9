import type { Clock } from '../../base/async.ts';
import { Emitter } from '../../base/event.ts';

/** A compound of launch.json with a task that VS Code runs before it starts the configurations of the compound. */
export interface Compound {
  readonly preLaunchTask: unknown;
  /** Names of its configurations. */
  readonly configurations: readonly string[];
}

/** Time in which VS Code resolves all configurations of a compound. Milliseconds. */
const TOGETHER_MS = 250;

/** The compounds with a `preLaunchTask` that start the configuration. @param written compounds as in launch.json */
export function compoundsWith(configuration: string, written: readonly unknown[]): readonly Compound[] {
  return written.flatMap((value) => {
    const { preLaunchTask, configurations } = (value ?? {}) as Readonly<Record<string, unknown>>;
    if (preLaunchTask === undefined || !Array.isArray(configurations)) return [];
    // An object also names the folder.
    const names = configurations.map((item: unknown) =>
      String(typeof item === 'object' ? (item as { readonly name?: unknown } | null)?.name : item),
    );
    return names.includes(configuration) ? [{ preLaunchTask, configurations: names }] : [];
  });
}

/**
 * Recognizes the start of a compound, which VS Code does not report, by the resolution of all its configurations within a short
 * time.
 */
export class CompoundStarts {
  readonly #clock: Clock;
  readonly #resolved = new Map<string, number>();
  readonly #didResolve = new Emitter<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes that VS Code resolves the configuration. Resolves with those of the compounds that VS Code starts now. */
  async startedWith(configuration: string, compounds: readonly Compound[]): Promise<readonly Compound[]> {
    if (compounds.length === 0) return [];
    const now = this.#clock.now();
    this.#resolved.set(configuration, now);
    const started = () => compounds.filter(({ configurations }) => this.#areResolved(configurations, now));
    const { promise: decided, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimer(TOGETHER_MS, resolve);
    const subscription = this.#didResolve.event(() => {
      if (started().length > 0) resolve();
    });
    this.#didResolve.fire();
    await decided;
    timer.dispose();
    subscription.dispose();
    return started();
  }

  #areResolved(configurations: readonly string[], now: number): boolean {
    return configurations.every(
      (name) => now - (this.#resolved.get(name) ?? Number.NEGATIVE_INFINITY) <= TOGETHER_MS,
    );
  }
}
