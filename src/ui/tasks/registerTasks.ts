import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { TASK_TYPE } from '../../contributions.ts';
import type { ForwardTaskServices } from './forwardTasks.ts';

/**
 * Registers a provider of `kubePortForward` tasks, and a provider that prepares debug sessions before they start these
 * tasks. VS Code calls the providers. The first call loads their code.
 */
export function registerTasks(services: ForwardTaskServices): Disposable {
  const owned = new DisposableStore();
  const create = async () => {
    const { ForwardTasks, DebugSessions, withEnvFile } = await import('../later.ts');
    const tasks = owned.add(new ForwardTasks(services));
    return { tasks, sessions: owned.add(new DebugSessions(tasks, systemClock)), withEnvFile };
  };
  let loading: ReturnType<typeof create> | undefined;
  const load = () => {
    loading ??= create();
    return loading;
  };
  owned.add(
    vscode.tasks.registerTaskProvider(TASK_TYPE, {
      provideTasks: async () => (await load()).tasks.provideTasks(),
      resolveTask: async (task) => (await load()).tasks.resolveTask(task),
    }),
  );
  owned.add(
    vscode.debug.registerDebugConfigurationProvider('*', {
      resolveDebugConfiguration: async (folder, configuration, token) => {
        if (configuration['preLaunchTask'] === undefined && !hasCompounds(folder) && !isMultiRoot())
          return configuration;
        const cancelled = new AbortController();
        const subscription = token?.onCancellationRequested(() => cancelled.abort());
        try {
          const { sessions, withEnvFile } = await load();
          // If `prepare` resolves with false, the user has cancelled. The result undefined then makes VS Code cancel
          // the debug session without a message.
          if (!(await sessions.prepare(folder, configuration, cancelled.signal))) return undefined;
          return withEnvFile(configuration, folder, services);
        } catch {
          // After an error, the debug session continues: VS Code starts the task, and the task's terminal shows what
          // fails.
          return configuration;
        } finally {
          subscription?.dispose();
        }
      },
    }),
  );
  return owned;
}

/**
 * Returns true if the workspace has several folders. Tasks in two folders may have the same name, so `withEnvFile` must
 * find the environment file of the task in the right folder.
 */
function isMultiRoot(): boolean {
  return (vscode.workspace.workspaceFolders ?? []).length > 1;
}

/**
 * Returns true if launch.json has compounds. A debug configuration without a `preLaunchTask` may belong to a compound
 * that has a `preLaunchTask`. So if there are compounds, every debug session must be prepared.
 */
function hasCompounds(folder: vscode.WorkspaceFolder | undefined): boolean {
  const compounds = vscode.workspace.getConfiguration('launch', folder?.uri ?? null).get('compounds');
  return Array.isArray(compounds) && compounds.length > 0;
}
