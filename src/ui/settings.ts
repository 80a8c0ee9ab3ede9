import { realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { homeFolder } from '../base/homeFolder.ts';
import { SETTINGS, SETTINGS_SECTION, type SettingTypes } from '../contributions.ts';
import type { ForwardSpecification } from '../rpc/contract.ts';
import type { KubeconfigPlaces } from './workspaceKubeconfigs.ts';

const DEFAULT_WAIT_MS = SETTINGS.waitForTargetMinutes.default * 60_000;

/** The value of a setting. In an untrusted workspace, VS Code ignores restricted workspace values. */
export function readSetting<Name extends keyof SettingTypes>(name: Name): SettingTypes[Name] {
  const value = vscode.workspace.getConfiguration(SETTINGS_SECTION).get<SettingTypes[Name]>(name);
  return value ?? SETTINGS[name].default;
}

/** The settings that apply to every new forward. */
export function readForwardDefaults(): Pick<
  ForwardSpecification,
  'waitForTargetMs' | 'requiresReady' | 'requestLog'
> {
  const minutes = readSetting('waitForTargetMinutes');
  return {
    waitForTargetMs: Number.isFinite(minutes) ? Math.max(0, minutes) * 60_000 : DEFAULT_WAIT_MS,
    requiresReady: readSetting('requireReady') === true,
    // Even if a settings file asks for more: only the user starts a recording.
    ...(readSetting('requestLog') === 'metadata' ? { requestLog: 'metadata' } : {}),
  };
}

/** The kubeconfig files of the setting as absolute paths: `~` is the home folder, others are relative to the workspace. */
export function readKubeconfigFiles(): readonly string[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homeFolder();
  return withHome(readSetting('kubeconfigFiles')).map((path) => resolve(folder, path));
}

/** The kubeconfigs that the workspace controls: those in its settings and in its folders. */
export function readKubeconfigPlaces(): KubeconfigPlaces {
  const name = 'kubeconfigFiles' satisfies keyof SettingTypes;
  const { globalValue } = vscode.workspace.getConfiguration(SETTINGS_SECTION).inspect<string[]>(name) ?? {};
  // A relative path in the user settings leads into the open workspace.
  const own = withHome(globalValue ?? [])
    .filter((path) => isAbsolute(path))
    .map((path) => resolve(path));
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return {
    own,
    named: readKubeconfigFiles().filter((path) => !own.includes(path)),
    folders: [...new Set(folders.flatMap((folder) => [folder, targetOf(folder)]))],
  };
}

function withHome(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => typeof path === 'string' && path.trim() !== '')
    .map((path) => (/^~(?=$|[\\/])/.test(path) ? join(homeFolder(), path.slice(1)) : path));
}

/** The target of a symbolic link. */
function targetOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** Adds a file to the user setting. */
export async function addKubeconfigFile(path: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  const name = 'kubeconfigFiles' satisfies keyof SettingTypes;
  const files = configuration.inspect<string[]>(name)?.globalValue ?? [];
  if (files.includes(path)) return;
  await configuration.update(name, [...files, path], vscode.ConfigurationTarget.Global);
}
