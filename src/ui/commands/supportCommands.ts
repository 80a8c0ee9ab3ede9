import * as vscode from 'vscode';
import { EXTENSION_ID } from '../../contributions.ts';
import { inform } from '../notify.ts';
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
    ignoresRow: true,
    run: ({ output }) => output.show(),
  }),
  defineCommand({
    id: 'kubePortForward.reportIssue',
    title: 'Report Issue...',
    menus: [{ menu: 'issue/reporter' }],
    run: reportIssue,
  }),
];

/**
 * Report Issue...: opens VS Code's issue reporter for this extension. Passes only versions and the platform, never
 * names or addresses of clusters. If the reporter cannot open, shows the versions instead: in a browser, VS Code has
 * no reporter for an extension without a `bugs` URL in package.json.
 */
async function reportIssue(): Promise<void> {
  const { version } = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON ?? {};
  const data = `Extension ${version}, VS Code ${vscode.version}, Node.js ${process.version}, ${process.platform}`;
  try {
    await vscode.commands.executeCommand('workbench.action.openIssueReporter', {
      extensionId: EXTENSION_ID,
      data,
    });
  } catch {
    const text = vscode.l10n.t(
      "This VS Code can't open its issue reporter. Include these versions in your report: {versions}",
      { versions: data },
    );
    inform('warning', text);
  }
}
