import * as vscode from 'vscode';
import { systemClock } from '../../base/async.ts';
import { DisposableStore } from '../../base/disposable.ts';
import { SETTINGS_SECTION } from '../../contributions.ts';
import { entryOffset } from './entryOffset.ts';
import type { SettingsScope } from './savedForward.ts';

/**
 * VS Code's commands that open settings, by the type of the {@link SettingsScope}. `remote` opens the user settings of
 * the remote machine. There is no entry for folder settings: VS Code's command for them would ask the user for the
 * folder, so {@link openSavedSettings} opens their file instead.
 */
const COMMANDS = {
  user: 'workbench.action.openSettingsJson',
  remote: 'workbench.action.openRemoteSettingsFile',
  workspace: 'workbench.action.openWorkspaceSettingsFile',
} as const;

const SETTING = 'forwards';
const KEY = `${SETTINGS_SECTION}.${SETTING}`;
const OPEN_LIMIT_MS = 5_000;

/**
 * Opens the user, workspace or folder settings at the list of saved forwards. If the list has an entry with the name,
 * moves the cursor to the entry.
 */
export async function openSavedSettings(scope: SettingsScope, name: string): Promise<void> {
  if (scope.type === 'user' && areUserSettingsRemote()) return openRemoteSettings(name);
  if (scope.type === 'folder') {
    const file = vscode.Uri.joinPath(vscode.Uri.parse(scope.folder), '.vscode', 'settings.json');
    return select(await vscode.window.showTextDocument(file), name);
  }
  await vscode.commands.executeCommand(COMMANDS[scope.type], { revealSetting: { key: KEY } });
  select(vscode.window.activeTextEditor, name);
}

/**
 * Returns true if the user's saved forwards are in the settings of the remote machine. In a remote window, VS Code may
 * write them there. VS Code has the property `globalRemoteValue`, but does not document it. If a version of VS Code
 * does not have the property, the settings of the local machine are opened.
 */
function areUserSettingsRemote(): boolean {
  const values = vscode.workspace.getConfiguration(SETTINGS_SECTION).inspect(SETTING) as
    | { readonly globalRemoteValue?: unknown }
    | undefined;
  return values?.globalRemoteValue !== undefined;
}

/**
 * Opens the settings of the remote machine and moves the cursor to the entry. VS Code's command resolves before the
 * editor is open, so this function waits for the editor, but at most {@link OPEN_LIMIT_MS}.
 */
async function openRemoteSettings(name: string): Promise<void> {
  using owned = new DisposableStore();
  const opened = new Promise<vscode.TextEditor | undefined>((resolve) => {
    owned.add(
      vscode.window.onDidChangeActiveTextEditor((editor) => hasEntry(editor, name) && resolve(editor)),
    );
    owned.add(systemClock.setTimer(OPEN_LIMIT_MS, () => resolve(undefined)));
  });
  await vscode.commands.executeCommand(COMMANDS.remote);
  const { activeTextEditor } = vscode.window;
  select(hasEntry(activeTextEditor, name) ? activeTextEditor : await opened, name);
}

function hasEntry(editor: vscode.TextEditor | undefined, name: string): boolean {
  return offsetIn(editor, name) !== undefined;
}

function offsetIn(editor: vscode.TextEditor | undefined, name: string): number | undefined {
  return editor && entryOffset(editor.document.getText(), KEY, name);
}

function select(editor: vscode.TextEditor | undefined, name: string): void {
  const offset = offsetIn(editor, name);
  if (editor === undefined || offset === undefined) return;
  const position = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
