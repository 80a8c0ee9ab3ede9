import * as vscode from 'vscode';
import { EXTENSION_ID } from '../../contributions.ts';

/** Opens VS Code's issue reporter for this extension. Passes versions only, never names or addresses of clusters. */
export async function reportIssue(): Promise<void> {
  const { version } = vscode.extensions.getExtension(EXTENSION_ID)?.packageJSON ?? {};
  await vscode.commands.executeCommand('workbench.action.openIssueReporter', {
    extensionId: EXTENSION_ID,
    data: `Extension ${version}, VS Code ${vscode.version}, Node.js ${process.version}, ${process.platform}`,
  });
}
