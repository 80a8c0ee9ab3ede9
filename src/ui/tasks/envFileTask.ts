import * as vscode from 'vscode';
import { TASK_TYPE } from '../../contributions.ts';
import { configuredTasks, tasksOf } from './launchFiles.ts';

/**
 * The name of the task whose variables a launch configuration wants: the one that opens a namespace by name, of those that its
 * `preLaunchTask` starts; for a configuration without one, and for a task, the first in `tasks.json`.
 * @param configuration as VS Code passes it to the command of a variable
 */
export function envFileTask(configuration: unknown): string | undefined {
  const { preLaunchTask } = (configuration ?? {}) as { readonly preLaunchTask?: unknown };
  const folders = vscode.workspace.workspaceFolders ?? [undefined];
  for (const folder of folders) {
    const started = tasksOf(folder, preLaunchTask);
    const [found] = configuredTasks(folder).filter(
      ({ name, definition }) =>
        definition.type === TASK_TYPE &&
        definition['proxy'] === true &&
        started?.includes({ name, definition }) !== false,
    );
    if (found !== undefined) return found.name;
  }
  // A task that `tasks.json` does not have: one that the extension provides.
  const [, provided] = new RegExp(`^${TASK_TYPE}: (.+)$`).exec(String(preLaunchTask)) ?? [];
  return provided;
}
