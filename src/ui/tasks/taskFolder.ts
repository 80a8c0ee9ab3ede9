import * as vscode from 'vscode';

export function folderKey(folder: vscode.WorkspaceFolder | undefined): string {
  return folder?.uri.toString() ?? '';
}

/**
 * Returns the key of a folder in a multi-root workspace, where tasks of several folders may have the same name. In a
 * single-folder workspace, returns an empty key, because VS Code may report the folder's tasks as tasks of the
 * workspace.
 */
export function ownFolder(folder: vscode.WorkspaceFolder | undefined): string {
  return (vscode.workspace.workspaceFolders ?? []).length > 1 ? folderKey(folder) : '';
}
