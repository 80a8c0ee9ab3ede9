import * as vscode from 'vscode';
import { type Compound, compoundsWith } from './compounds.ts';
import type { RunningTask } from './forwardTasks.ts';
import { type StartedTasks, startedTasks, type TaskIdentity } from './startedTasks.ts';
import { folderKey, ownFolder } from './taskFolder.ts';

/**
 * Returns true if a running task is one of the tasks that a launch configuration starts.
 * @param tasks the tasks that the launch configuration starts
 * @param folder the folder of the launch configuration
 */
export function includesTask(
  tasks: StartedTasks,
  folder: vscode.WorkspaceFolder | undefined,
  running: RunningTask,
): boolean {
  const isElsewhere =
    folder !== undefined && running.folder !== undefined && folderKey(folder) !== folderKey(running.folder);
  return !isElsewhere && tasks.includes(running);
}

/**
 * Returns the tasks that the `preLaunchTask` of a launch configuration in the folder starts. Undefined if there is no
 * `preLaunchTask`.
 */
export function tasksOf(
  folder: vscode.WorkspaceFolder | undefined,
  preLaunchTask: unknown,
): StartedTasks | undefined {
  return startedTasks(preLaunchTask, writtenIn('tasks', 'tasks', folder));
}

/** A task in a `tasks.json`. */
export interface ConfiguredTask extends TaskIdentity {
  /** The key of the task's folder, from `ownFolder`. Empty for tasks of the workspace and of the user. */
  readonly folder: string;
}

/** Returns the tasks that apply to the folder: the tasks of the folder, of the workspace and of the user. */
export function configuredTasks(folder: vscode.WorkspaceFolder | undefined): readonly ConfiguredTask[] {
  const [own = [], ...others] = listsIn('tasks', 'tasks', folder);
  const read = (tasks: readonly unknown[], folder: string) =>
    tasks.map((task): ConfiguredTask => {
      const { label, ...definition } = (task ?? {}) as Readonly<Record<string, unknown>>;
      const type = String(definition['type']);
      return { name: String(label ?? ''), definition: { ...definition, type }, folder };
    });
  return [...read(own, ownFolder(folder)), ...read(others.flat(), '')];
}

/** Returns the compounds of launch.json that start the debug configuration and have a `preLaunchTask`. */
export function compoundsOf(
  folder: vscode.WorkspaceFolder | undefined,
  configuration: string,
): readonly Compound[] {
  return compoundsWith(configuration, writtenIn('launch', 'compounds', folder));
}

/**
 * Returns the elements of a list that apply to the folder, from the files of the folder, of the workspace and of the
 * user. The list is `tasks` in `tasks.json`, or `compounds` in `launch.json`.
 */
function writtenIn(
  section: string,
  key: string,
  folder: vscode.WorkspaceFolder | undefined,
): readonly unknown[] {
  return listsIn(section, key, folder).flat();
}

/**
 * Like {@link writtenIn}, but returns three lists in this order: of the folder, of the workspace and of the user. A
 * missing list is empty.
 */
function listsIn(
  section: string,
  key: string,
  folder: vscode.WorkspaceFolder | undefined,
): readonly (readonly unknown[])[] {
  const written = vscode.workspace.getConfiguration(section, folder?.uri ?? null).inspect<unknown[]>(key);
  const lists = [written?.workspaceFolderValue, written?.workspaceValue, written?.globalValue];
  return lists.map((list) => (Array.isArray(list) ? list : []));
}
