import * as vscode from 'vscode';

export function folderKey(folder: vscode.WorkspaceFolder | undefined): string {
  return folder?.uri.toString() ?? '';
}

/**
 * Returns the key of a folder whose tasks may have the same names as those of other folders. Empty for the only folder, because VS Code reports its
 * tasks as those of the workspace too.
 */
export function ownFolder(folder: vscode.WorkspaceFolder | undefined): string {
  return (vscode.workspace.workspaceFolders ?? []).length > 1 ? folderKey(folder) : '';
}
