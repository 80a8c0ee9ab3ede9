import * as vscode from 'vscode';
import { type Clock, deadline } from '../../base/async.ts';
import { until } from '../../base/event.ts';
import { TASK_TYPE } from '../../contributions.ts';
import type { ForwardTasks } from './forwardTasks.ts';
import type { StartedTasks } from './startedTasks.ts';

/**
 * The longest time to wait until VS Code knows that a task has ended, in milliseconds. After this time, debugging
 * continues anyway.
 */
const END_MS = 2_000;
/**
 * The longest time to wait until VS Code shows the errors of a task in its Problems view, in milliseconds. After this
 * time, debugging continues anyway.
 */
const PROBLEMS_MS = 2_000;

/**
 * Waits until VS Code knows that every task in `tasks` has ended, except the tasks that are still running. Needed
 * because VS Code does not start a task again while it considers the task running. Waits at most {@link END_MS}.
 */
export async function untilEnded(
  tasks: StartedTasks,
  own: Pick<ForwardTasks, 'running'>,
  clock: Clock,
): Promise<void> {
  const isIncluded = (task: vscode.Task): boolean =>
    task.definition.type === TASK_TYPE && tasks.includes(task);
  const hasEnded = (): boolean => {
    const known = vscode.tasks.taskExecutions.map(({ task }) => task).filter(isIncluded);
    return known.every(({ name }) => countOf(known, name) <= countOf(own.running, name));
  };
  await untilOrLimit(vscode.tasks.onDidEndTask, hasEnded, END_MS, clock);
}

/**
 * Counts the tasks with this name. Tasks of several folders can have the same name. Their folders are not compared,
 * because VS Code reports a task of the workspace as a task of the first folder.
 */
function countOf(tasks: readonly { readonly name: string }[], name: string): number {
  return tasks.filter((task) => task.name === name).length;
}

/**
 * Waits until VS Code shows problems of a `kubePortForward` task in this file. If `isWanted` is false, waits until VS
 * Code shows no such problems. Waits at most {@link PROBLEMS_MS}.
 */
export async function untilProblems(file: string, isWanted: boolean, clock: Clock): Promise<void> {
  const uri = vscode.Uri.file(file);
  const isShown = (): boolean =>
    vscode.languages.getDiagnostics(uri).some(({ source }) => source === TASK_TYPE) === isWanted;
  await untilOrLimit(vscode.languages.onDidChangeDiagnostics, isShown, PROBLEMS_MS, clock);
}

/** Waits until the condition is true, but not longer than `limitMs`. Resolves in both cases. */
async function untilOrLimit(
  event: vscode.Event<unknown>,
  condition: () => boolean,
  limitMs: number,
  clock: Clock,
): Promise<void> {
  using limit = deadline(undefined, limitMs, () => undefined, clock);
  await until(event, condition, limit.signal).catch(() => {});
}
