import * as vscode from 'vscode';
import { type Compound, compoundsWith } from './compounds.ts';
import type { RunningTask } from './forwardTasks.ts';
import { type StartedTasks, startedTasks, type TaskIdentity } from './startedTasks.ts';
import { folderKey, ownFolder } from './taskFolder.ts';

/** Whether a running task is one of those that a launch configuration of the folder starts. */
export function isPart(
  tasks: StartedTasks,
  folder: vscode.WorkspaceFolder | undefined,
  running: RunningTask,
): boolean {
  const isElsewhere =
    folder !== undefined && running.folder !== undefined && folderKey(folder) !== folderKey(running.folder);
  return !isElsewhere && tasks.includes(running);
}

/** The tasks that a `preLaunchTask` of the folder starts. */
export function tasksOf(
  folder: vscode.WorkspaceFolder | undefined,
  preLaunchTask: unknown,
): StartedTasks | undefined {
  return startedTasks(preLaunchTask, writtenIn('tasks', 'tasks', folder));
}

/** A task in a `tasks.json`. */
export interface ConfiguredTask extends TaskIdentity {
  /** As `ownFolder` returns it. */
  readonly folder: string;
}

/** Returns the tasks of every `tasks.json` that the folder has. */
export function configuredTasks(folder: vscode.WorkspaceFolder | undefined): readonly ConfiguredTask[] {
  const [own = [], ...others] = listsIn('tasks', 'tasks', folder);
  const read = (tasks: readonly unknown[], place: string) =>
    tasks.map((task): ConfiguredTask => {
      const { label, ...definition } = (task ?? {}) as Readonly<Record<string, unknown>>;
      const type = String(definition['type']);
      return { name: String(label ?? ''), definition: { ...definition, type }, folder: place };
    });
  return [...read(own, ownFolder(folder)), ...read(others.flat(), '')];
}

/** Returns the compounds of launch.json that start the configuration and run a task first. */
export function compoundsOf(
  folder: vscode.WorkspaceFolder | undefined,
  configuration: string,
): readonly Compound[] {
  return compoundsWith(configuration, writtenIn('launch', 'compounds', folder));
}

/** Returns the entries of a list from every file that may contain it. */
function writtenIn(
  section: string,
  key: string,
  folder: vscode.WorkspaceFolder | undefined,
): readonly unknown[] {
  return listsIn(section, key, folder).flat();
}

/** Returns the list of the folder, of the workspace and of the user. */
function listsIn(
  section: string,
  key: string,
  folder: vscode.WorkspaceFolder | undefined,
): readonly (readonly unknown[])[] {
  const written = vscode.workspace.getConfiguration(section, folder?.uri ?? null).inspect<unknown[]>(key);
  const lists = [written?.workspaceFolderValue, written?.workspaceValue, written?.globalValue];
  return lists.map((list) => (Array.isArray(list) ? list : []));
}
