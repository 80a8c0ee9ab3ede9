import * as vscode from 'vscode';
import { TASK_TYPE } from '../../contributions.ts';
import { isNamespaceEntry } from '../saved/forwardEntry.ts';
import { findSaved, type SavedForward } from '../saved/savedForward.ts';
import { configuredTasks, tasksOf } from './launchFiles.ts';

/**
 * Returns the name of the task whose variables a launch configuration needs: the task with `proxy` among those that its
 * `preLaunchTask` starts. For a configuration without such a task, and for a task, the first such task in `tasks.json`.
 * @param configuration as VS Code passes it to the command of a variable
 * @param saved a task may name a saved namespace
 */
export function envFileTask(configuration: unknown, saved: readonly SavedForward[]): string | undefined {
  const { preLaunchTask } = (configuration ?? {}) as { readonly preLaunchTask?: unknown };
  const folders = vscode.workspace.workspaceFolders ?? [undefined];
  for (const folder of folders) {
    const started = tasksOf(folder, preLaunchTask);
    const [found] = configuredTasks(folder).filter(
      ({ name, definition }) =>
        definition.type === TASK_TYPE &&
        opensNamespace(definition, saved, folder) &&
        started?.includes({ name, definition }) !== false,
    );
    if (found !== undefined) return found.name;
  }
  // A task that `tasks.json` does not have: one that the extension provides.
  const [, provided] = new RegExp(`^${TASK_TYPE}: (.+)$`).exec(String(preLaunchTask)) ?? [];
  return provided;
}

function opensNamespace(
  { proxy, forwards }: Readonly<Record<string, unknown>>,
  saved: readonly SavedForward[],
  folder: vscode.WorkspaceFolder | undefined,
): boolean {
  const names: readonly unknown[] = Array.isArray(forwards) ? forwards : [];
  const entries = names.map(
    (name) => typeof name === 'string' && findSaved(saved, name, folder?.uri.toString())?.entry,
  );
  return proxy === true || entries.some((entry) => entry && isNamespaceEntry(entry));
}
