import { type Clock, deadline } from '../../base/async.ts';
import { Emitter, until } from '../../base/event.ts';

/**
 * A compound of launch.json: debug configurations that VS Code starts together, after running the task `preLaunchTask`.
 */
export interface Compound {
  readonly preLaunchTask: unknown;
  /** The names of the compound's configurations. */
  readonly configurations: readonly string[];
}

/**
 * Before VS Code starts a debug configuration, it asks extensions to resolve (complete) the configuration. If VS Code
 * does so for all configurations of a compound within this time, in milliseconds, the compound counts as started.
 */
const TOGETHER_MS = 250;

/**
 * Returns the compounds that start the debug configuration and have a `preLaunchTask`.
 * @param written the elements of `compounds` in launch.json, which may be invalid
 */
export function compoundsWith(configuration: string, written: readonly unknown[]): readonly Compound[] {
  return written.flatMap((value) => {
    const { preLaunchTask, configurations } = (value ?? {}) as Readonly<Record<string, unknown>>;
    if (preLaunchTask === undefined || !Array.isArray(configurations)) return [];
    // launch.json names each configuration by a string, or by an object with the fields `name` and `folder`.
    const names = configurations.map((item: unknown) =>
      String(typeof item === 'object' ? (item as { readonly name?: unknown } | null)?.name : item),
    );
    return names.includes(configuration) ? [{ preLaunchTask, configurations: names }] : [];
  });
}

/**
 * Detects that VS Code starts a compound, because VS Code does not report it. When VS Code starts a debug
 * configuration, it asks extensions to resolve the configuration. If this happens for all configurations of a compound
 * within {@link TOGETHER_MS}, VS Code is starting the compound.
 */
export class CompoundStarts {
  readonly #clock: Clock;
  readonly #resolved = new Map<string, number>();
  readonly #didResolve = new Emitter<void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Records that VS Code asks extensions now to resolve the debug configuration. Then waits until all configurations of
   * one of the compounds have been resolved, but at most {@link TOGETHER_MS}. Returns the compounds that VS Code is
   * starting.
   */
  async startedWith(configuration: string, compounds: readonly Compound[]): Promise<readonly Compound[]> {
    if (compounds.length === 0) return [];
    const now = this.#clock.now();
    this.#resolved.set(configuration, now);
    const started = () => compounds.filter(({ configurations }) => this.#areResolved(configurations, now));
    using limit = deadline(undefined, TOGETHER_MS, () => undefined, this.#clock);
    const decided = until(this.#didResolve.event, () => started().length > 0, limit.signal);
    this.#didResolve.fire();
    await decided.catch(() => {});
    return started();
  }

  #areResolved(configurations: readonly string[], now: number): boolean {
    return configurations.every(
      (name) => now - (this.#resolved.get(name) ?? Number.NEGATIVE_INFINITY) <= TOGETHER_MS,
    );
  }
}
