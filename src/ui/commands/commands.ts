import { CLUSTER_COMMANDS } from './clusterCommands.ts';
import type { Command } from './command.ts';
import { DEMO_COMMANDS } from './demoCommands.ts';
import { FORWARD_COMMANDS } from './forwardCommands.ts';
import { KUBECONFIG_COMMANDS } from './kubeconfigCommands.ts';
import { NAME_COMMANDS } from './nameCommands.ts';
import { REQUEST_COMMANDS } from './requestCommands.ts';
import { SAVED_COMMANDS } from './savedCommands.ts';
import { START_COMMANDS } from './startCommands.ts';
import { SUPPORT_COMMANDS } from './supportCommands.ts';
import { TASK_COMMANDS } from './taskCommands.ts';

/** All commands, in the order of package.json. */
export const COMMAND_LIST: readonly Command[] = [
  ...START_COMMANDS,
  ...CLUSTER_COMMANDS,
  ...KUBECONFIG_COMMANDS,
  ...FORWARD_COMMANDS,
  ...NAME_COMMANDS,
  ...SUPPORT_COMMANDS,
  ...SAVED_COMMANDS,
  ...REQUEST_COMMANDS,
  ...TASK_COMMANDS,
  ...DEMO_COMMANDS,
];

/** All commands by their ids. */
export const COMMANDS_BY_ID: ReadonlyMap<string, Command> = new Map(
  COMMAND_LIST.map((command) => [command.id, command]),
);
