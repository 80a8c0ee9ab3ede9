import * as vscode from 'vscode';
import { SETTINGS_SECTION } from '../../contributions.ts';
import { entryOffset } from './entryOffset.ts';
import type { SavedPlace } from './savedForward.ts';

/** VS Code's commands that open the settings of a place. */
const COMMANDS = {
  user: 'workbench.action.openSettingsJson',
  workspace: 'workbench.action.openWorkspaceSettingsFile',
  folder: 'workbench.action.openFolderSettingsFile',
} as const;

const KEY = `${SETTINGS_SECTION}.forwards`;

/** Opens the settings of a place where they list the saved forwards, at the entry of that name if it is there. */
export async function openSavedSettings(place: SavedPlace, name: string): Promise<void> {
  await vscode.commands.executeCommand(COMMANDS[place.type], { revealSetting: { key: KEY } });
  const editor = vscode.window.activeTextEditor;
  const offset = editor && entryOffset(editor.document.getText(), KEY, name);
  if (editor === undefined || offset === undefined) return;
  const position = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(editor.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
