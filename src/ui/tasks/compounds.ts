import type { Clock } from '../../base/async.ts';
import { Emitter } from '../../base/event.ts';

/** A compound of launch.json with a task that VS Code runs before it starts the configurations of the compound. */
export interface Compound {
  readonly preLaunchTask: unknown;
  /** The names of the compound's configurations. */
  readonly configurations: readonly string[];
}

/**
 * When VS Code starts a compound, it asks extensions to resolve all configurations of the compound within this time.
 * Milliseconds.
 */
const TOGETHER_MS = 250;

/**
 * Returns the compounds that start the configuration and have a `preLaunchTask`.
 * @param written the compounds as in launch.json
 */
export function compoundsWith(configuration: string, written: readonly unknown[]): readonly Compound[] {
  return written.flatMap((value) => {
    const { preLaunchTask, configurations } = (value ?? {}) as Readonly<Record<string, unknown>>;
    if (preLaunchTask === undefined || !Array.isArray(configurations)) return [];
    // A configuration is written as its name, or as an object with its name and its folder.
    const names = configurations.map((item: unknown) =>
      String(typeof item === 'object' ? (item as { readonly name?: unknown } | null)?.name : item),
    );
    return names.includes(configuration) ? [{ preLaunchTask, configurations: names }] : [];
  });
}

/**
 * Detects that VS Code starts a compound. VS Code does not report this. But it resolves all configurations of the
 * compound within {@link TOGETHER_MS}, so a compound whose configurations were all just resolved is starting.
 */
export class CompoundStarts {
  readonly #clock: Clock;
  readonly #resolved = new Map<string, number>();
  readonly #didResolve = new Emitter<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Records that VS Code resolves the configuration now. Then waits at most {@link TOGETHER_MS}, and returns which of
   * the compounds VS Code is starting.
   */
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
