import * as vscode from 'vscode';
import { SETTINGS_SECTION } from '../../contributions.ts';
import type { SavedPlace } from './savedForward.ts';

/** VS Code's commands that open the settings of a place. */
const COMMANDS = {
  user: 'workbench.action.openSettingsJson',
  workspace: 'workbench.action.openWorkspaceSettingsFile',
  folder: 'workbench.action.openFolderSettingsFile',
} as const;

/** Opens the settings of a place at the saved forwards. */
export async function openSavedSettings(place: SavedPlace): Promise<void> {
  const revealSetting = { key: `${SETTINGS_SECTION}.forwards` };
  await vscode.commands.executeCommand(COMMANDS[place.type], { revealSetting });
}
