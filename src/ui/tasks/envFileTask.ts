import * as vscode from 'vscode';
import { COMMANDS, TASK_TYPE } from '../../contributions.ts';
import { isNamespaceEntry } from '../saved/forwardEntry.ts';
import { findSaved, type SavedForward } from '../saved/savedForward.ts';
import { EnvFiles, type EnvFileTask } from './envFiles.ts';
import type { ForwardTaskServices } from './forwardTasks.ts';
import { configuredTasks, tasksOf } from './launchFiles.ts';
import { folderKey, ownFolder } from './taskFolder.ts';

/** In a launch configuration, this stands for the path of a task's file. */
const ENV_FILE = `$\{command:${COMMANDS.envFile}}`;

/** The folder of a launch configuration, and what a task may name. */
export interface EnvFileOptions {
  /** A task may name a saved namespace. */
  readonly saved: readonly SavedForward[];
  /** Searched before the others. Optional, because VS Code does not pass it to the command of a variable. */
  readonly folder?: vscode.WorkspaceFolder | undefined;
}

/**
 * Returns the task whose variables a launch configuration needs: the task with `proxy` among those that its `preLaunchTask` starts. For a
 * configuration without such a task, and for a task, the first such task in `tasks.json`.
 * @param configuration as VS Code passes it to the command of a variable
 */
export function envFileTask(
  configuration: unknown,
  { saved, folder: first }: EnvFileOptions,
): EnvFileTask | undefined {
  const { preLaunchTask } = (configuration ?? {}) as { readonly preLaunchTask?: unknown };
  const all = vscode.workspace.workspaceFolders ?? [undefined];
  for (const folder of first === undefined ? all : [first, ...all]) {
    const started = tasksOf(folder, preLaunchTask);
    const found = configuredTasks(folder).find(
      (task) =>
        task.definition.type === TASK_TYPE &&
        opensNamespace(task.definition, saved, folder) &&
        started?.includes(task) !== false,
    );
    if (found !== undefined) return { name: found.name, folder: found.folder };
  }
  // A task that `tasks.json` does not have: one that the extension provides.
  const [, name] = new RegExp(`^${TASK_TYPE}: (.+)$`).exec(String(preLaunchTask)) ?? [];
  if (name === undefined) return undefined;
  const place = findSaved(saved, name, first && folderKey(first))?.place;
  const isOfFolder = place?.type === 'folder' && all.length > 1;
  return { name, folder: isOfFolder ? place.folder : '' };
}

/**
 * Returns the configuration with the path of the file of its own folder's task. VS Code would ask for the path without naming the folder, and
 * another folder may have a task with the same name.
 */
export function withEnvFile(
  configuration: vscode.DebugConfiguration,
  folder: vscode.WorkspaceFolder | undefined,
  { saved, storage }: Pick<ForwardTaskServices, 'saved' | 'storage'>,
): vscode.DebugConfiguration {
  if (ownFolder(folder) === '') return configuration;
  const task = envFileTask(configuration, { saved: saved.forwards, folder });
  if (task === undefined) return configuration;
  const path = new EnvFiles(storage).pathOf(task);
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(ENV_FILE, () => path);
    if (Array.isArray(value)) return value.map(replace);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replace(each)]));
  };
  return replace(configuration) as vscode.DebugConfiguration;
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
