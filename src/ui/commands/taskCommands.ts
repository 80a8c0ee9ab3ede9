import * as vscode from 'vscode';
import { usage } from '../../base/errors.ts';
import { EnvFiles } from '../tasks/envFiles.ts';
import { envFileTask } from '../tasks/envFileTask.ts';
import { type Command, defineCommand } from './command.ts';
import type { CommandServices } from './commandServices.ts';

/** Commands whose result replaces a variable in `launch.json` or `tasks.json`: `${command:kubePortForward.envFile}`. */
export const TASK_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.envFile',
    title: 'Environment File of a Task',
    when: false,
    run: envFile,
  }),
];

/**
 * Returns the path of the environment file that a task with `"proxy": true` writes when it runs. Does not read the
 * file, which may not exist yet.
 * @param configuration the launch configuration that contains the variable. Its `preLaunchTask` selects the task;
 *   without a `preLaunchTask`, the first task with `proxy` is used
 * @throws CodedError `USAGE` if there is no task with `proxy`
 */
function envFile({ saved, storage }: CommandServices, configuration: unknown): string {
  const task = envFileTask(configuration, { saved: saved.forwards });
  if (task === undefined) {
    throw usage(vscode.l10n.t('No task in tasks.json has "proxy": true'));
  }
  return new EnvFiles(storage).pathOf(task);
}
