import { TASK_TYPE } from '../../contributions.ts';

/** The values that identify a running task. */
export interface TaskIdentity {
  /** The label in `tasks.json`. */
  readonly name: string;
  readonly definition: { readonly type: string; readonly [property: string]: unknown };
}

/** The tasks that a launch configuration starts: its `preLaunchTask` and all tasks on which it depends. */
export interface StartedTasks {
  /** Identifies the `preLaunchTask`. Two equal `preLaunchTask` values have the same key. */
  readonly key: string;
  includes(task: TaskIdentity): boolean;
}

interface Configured {
  readonly label?: unknown;
  readonly taskName?: unknown;
  readonly identifier?: unknown;
  readonly type?: unknown;
  readonly group?: unknown;
  readonly dependsOn?: unknown;
}

/** The `preLaunchTask` value that means the default build task. */
const DEFAULT_BUILD_TASK = '$' + '{defaultBuildTask}';

/**
 * Finds the tasks that a `preLaunchTask` starts, as VS Code does: the task with this label, identifier or definition,
 * and recursively all tasks in its `dependsOn`. Returns undefined if there is no `preLaunchTask`.
 * @param configured the tasks of every `tasks.json`, as written there
 */
export function startedTasks(
  preLaunchTask: unknown,
  configured: readonly unknown[],
): StartedTasks | undefined {
  if (preLaunchTask === undefined || preLaunchTask === null || preLaunchTask === '') return undefined;
  const tasks = configured.filter((task): task is Configured => typeof task === 'object' && task !== null);
  const references = new Set<string>();
  const waiting: unknown[] = [preLaunchTask];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const key = JSON.stringify(next);
    if (references.has(key)) continue;
    references.add(key);
    for (const task of tasks.filter((candidate) => isMeant(next, candidate))) {
      const { dependsOn } = task;
      references.add(JSON.stringify(labelOf(task)));
      waiting.push(
        ...(Array.isArray(dependsOn) ? dependsOn : [dependsOn]).filter((one) => one !== undefined),
      );
    }
  }
  const all = [...references].map((text): unknown => JSON.parse(text));
  return {
    key: JSON.stringify(preLaunchTask),
    includes: ({ name, definition }) =>
      all.some((reference) => isMeant(reference, { label: name, ...definition })),
  };
}

function isMeant(reference: unknown, task: Configured): boolean {
  if (typeof reference === 'object' && reference !== null) {
    return Object.entries(reference).every(
      ([name, value]) => JSON.stringify(task[name as keyof Configured]) === JSON.stringify(value),
    );
  }
  if (reference === DEFAULT_BUILD_TASK) return isDefaultBuild(task);
  const label = labelOf(task);
  return reference === label || reference === task.identifier || reference === `${TASK_TYPE}: ${label}`;
}

function labelOf({ label, taskName }: Configured): string {
  return String(label ?? taskName ?? '');
}

function isDefaultBuild({ group }: Configured): boolean {
  const given = group as { readonly kind?: unknown; readonly isDefault?: unknown } | null | undefined;
  return given?.kind === 'build' && given.isDefault === true;
}
