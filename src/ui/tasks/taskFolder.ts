import * as vscode from 'vscode';

export function folderKey(folder: vscode.WorkspaceFolder | undefined): string {
  return folder?.uri.toString() ?? '';
}

/**
 * Returns the key of a folder in a multi-root workspace, where tasks of several folders may have the same name. In a
 * single-folder workspace, always returns an empty key: VS Code may report a task as a task of the folder or of the
 * workspace, and both must have the same key.
 */
export function ownFolder(folder: vscode.WorkspaceFolder | undefined): string {
  return (vscode.workspace.workspaceFolders ?? []).length > 1 ? folderKey(folder) : '';
}
