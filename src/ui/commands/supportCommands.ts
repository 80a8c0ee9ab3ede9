import * as vscode from 'vscode';
import { EXTENSION_ID } from '../../contributions.ts';
import { type Command, defineCommand, onRow, onTitle } from './command.ts';

/** Commands that help to find out what went wrong. */
export const SUPPORT_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.showOutput',
    title: 'Show Output',
    icon: 'output',
    menus: [
      onTitle('clusters', '3_output'),
      onTitle('forwards', 'navigation@3'),
      onRow('clusters', ['error'], 'inline@3', '1_error@3'),
      onRow('forwards', [['forward', 'gateway']], '3_control@2'),
    ],
    run: ({ output }) => output.show(),
  }),
  defineCommand({
    id: 'kubePortForward.reportIssue',
    title: 'Report Issue...',
    menus: [{ menu: 'issue/reporter' }],
    run: reportIssue,
  }),
];

/** Opens VS Code's issue reporter for this extension. Passes versions only, never names or addresses of clusters. */
async function reportIssue(): Promise<void> {
  const { version } = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON ?? {};
  await vscode.commands.executeCommand('workbench.action.openIssueReporter', {
    extensionId: EXTENSION_ID,
    data: `Extension ${version}, VS Code ${vscode.version}, Node.js ${process.version}, ${process.platform}`,
  });
}
