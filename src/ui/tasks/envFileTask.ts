import * as vscode from 'vscode';
import { COMMANDS, TASK_TYPE } from '../../contributions.ts';
import { isNamespaceEntry } from '../saved/forwardEntry.ts';
import { findSaved, type SavedForward } from '../saved/savedForward.ts';
import { EnvFiles, type EnvFileTask } from './envFiles.ts';
import type { ForwardTaskServices } from './forwardTasks.ts';
import { configuredTasks, tasksOf } from './launchFiles.ts';
import { folderKey, ownFolder } from './taskFolder.ts';

/**
 * The variable that users write in a launch configuration, for example as `envFile`. VS Code or {@link withEnvFile}
 * replaces the variable by the path of the environment file of a task.
 */
const ENV_FILE = `$\{command:${COMMANDS.envFile}}`;

/** The options of {@link envFileTask}: where to search for the task. */
export interface EnvFileOptions {
  /**
   * The saved forwards. Needed because `tasks.json` may contain only the name of a saved entry, and the entry says
   * whether the task opens a namespace.
   */
  readonly saved: readonly SavedForward[];
  /**
   * The folder of the launch configuration, which is searched before the other folders. Optional, because VS Code
   * does not pass the folder to the command of a variable.
   */
  readonly folder?: vscode.WorkspaceFolder | undefined;
}

/**
 * Returns the task whose environment file a launch configuration needs. Only tasks that open a namespace in a gateway
 * have such a file. Returns the first such task that the configuration's `preLaunchTask` starts. Without a
 * `preLaunchTask`, for example if the variable is used in a task, returns the first such task in `tasks.json`.
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
  // No `tasks.json` has the task, so it can only be a task that the extension provides for a saved forward.
  const [, name] = new RegExp(`^${TASK_TYPE}: (.+)$`).exec(String(preLaunchTask)) ?? [];
  if (name === undefined) return undefined;
  // The extension provides tasks only for saved entries that no other entry overrides. So this search leaves out the
  // overridden entries (`hides`), which `findSaved` would otherwise search too.
  const provided = saved.map(({ scope, entry }) => ({ scope, entry }));
  const scope = findSaved(provided, name, first && folderKey(first))?.scope;
  const isOfFolder = scope?.type === 'folder' && all.length > 1;
  return { name, folder: isOfFolder ? scope.folder : '' };
}

/**
 * Replaces {@link ENV_FILE} in a launch configuration by the path of the environment file. Does nothing in a
 * single-folder workspace, where VS Code itself replaces the variable: it runs the command in the variable. In a
 * multi-root workspace, that command does not know the folder of the launch configuration, and might choose a task with
 * the same name in another folder.
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
