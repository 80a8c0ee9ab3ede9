import * as vscode from 'vscode';
import { type Compound, compoundsWith } from './compounds.ts';
import type { RunningTask } from './forwardTasks.ts';
import { type StartedTasks, startedTasks, type TaskIdentity } from './startedTasks.ts';

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

/** Returns the tasks of every `tasks.json` of the folder. */
export function configuredTasks(folder: vscode.WorkspaceFolder | undefined): readonly TaskIdentity[] {
  return writtenIn('tasks', 'tasks', folder).flatMap((task) => {
    const { label, ...definition } = (task ?? {}) as Readonly<Record<string, unknown>>;
    return [{ name: String(label ?? ''), definition: { ...definition, type: String(definition['type']) } }];
  });
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
  const written = vscode.workspace.getConfiguration(section, folder?.uri ?? null).inspect<unknown[]>(key);
  const lists = [written?.workspaceFolderValue, written?.workspaceValue, written?.globalValue];
  return lists.flatMap((list) => (Array.isArray(list) ? list : []));
}

export function folderKey(folder: vscode.WorkspaceFolder | undefined): string {
  return folder?.uri.toString() ?? '';
}
