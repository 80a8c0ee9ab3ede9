import { realpathSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import * as vscode from 'vscode';
import { homeFolder } from '../base/homeFolder.ts';
import { SETTINGS, SETTINGS_SECTION, type SettingTypes } from '../contributions.ts';
import type { ForwardSpecification } from '../rpc/forwardsContract.ts';
import type { KubeconfigPlaces } from './workspaceKubeconfigs.ts';

const DEFAULT_WAIT_MS = SETTINGS.waitForTargetMinutes.default * 60_000;

/**
 * The settings that {@link readSetting} can read: all except `forwards`, which `SavedForwards` reads in each settings
 * scope.
 */
type ReadableSetting = Exclude<keyof SettingTypes, 'forwards'>;

/**
 * Returns the value of a setting, or its default if the settings have no value or an invalid one. Needed because VS
 * Code only underlines an invalid value in a settings file. If the setting is a list, a single text counts as a list.
 * Callers need not check whether the workspace is trusted: in an untrusted workspace, VS Code ignores the workspace's
 * values of restricted settings.
 */
export function readSetting<Name extends ReadableSetting>(name: Name): SettingTypes[Name] {
  const written = vscode.workspace.getConfiguration(SETTINGS_SECTION).get<unknown>(name);
  const { default: usual, values } = SETTINGS[name];
  const value = Array.isArray(usual) ? textsOf(written) : written;
  const isValid = typeof value === typeof usual && values?.includes(value as SettingTypes[Name]) !== false;
  return isValid ? (value as SettingTypes[Name]) : usual;
}

/** Returns the texts of a list setting. A single text counts as a list, and items that are not texts are left out. */
function textsOf(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((item) => typeof item === 'string');
}

/** Returns the fields of the specification that every new forward gets from the settings. */
export function readForwardDefaults(): Pick<
  ForwardSpecification,
  'waitForTargetMs' | 'requiresReady' | 'requestLog'
> {
  const minutes = readSetting('waitForTargetMinutes');
  return {
    waitForTargetMs: Number.isFinite(minutes) ? Math.max(0, minutes) * 60_000 : DEFAULT_WAIT_MS,
    requiresReady: readSetting('requireReady'),
    // Ignores every other value in a settings file, such as `record`: only the user may start a recording, and only by
    // a command.
    ...(readSetting('requestLog') === 'metadata' ? { requestLog: 'metadata' } : {}),
  };
}

/**
 * Returns the kubeconfig files from the settings as absolute paths. `~` is the home folder. Relative paths are resolved
 * against the first folder of the workspace or, if no folder is open, against the home folder.
 */
export function readKubeconfigFiles(): readonly string[] {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homeFolder();
  return withHome(readSetting('kubeconfigFiles')).map((path) => resolve(folder, path));
}

/**
 * Returns the paths of this window's kubeconfigs. Callers use them to decide who controls a kubeconfig. The user
 * controls files that the user settings name (`own`). The workspace controls all other files that the settings name
 * (`named`), and all files in its folders (`folders`).
 */
export function readKubeconfigPlaces(): KubeconfigPlaces {
  const name = 'kubeconfigFiles' satisfies keyof SettingTypes;
  const { globalValue } = vscode.workspace.getConfiguration(SETTINGS_SECTION).inspect<unknown>(name) ?? {};
  // Relative paths from the user settings do not count as the user's own: they are resolved against the open workspace,
  // so the workspace controls the files.
  const own = withHome(textsOf(globalValue))
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
    .filter((path) => path.trim() !== '')
    .map((path) => (/^~(?=$|[\\/])/.test(path) ? join(homeFolder(), path.slice(1)) : path));
}

/** Returns the target of a symbolic link, or the path itself if the path cannot be resolved. */
function targetOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/**
 * Adds a file to the kubeconfig files in the user settings. If the settings of the workspace have a list, also adds the
 * file there, because VS Code then ignores the list of the user settings.
 */
export async function addKubeconfigFile(path: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration(SETTINGS_SECTION);
  const name = 'kubeconfigFiles' satisfies keyof SettingTypes;
  const { globalValue, workspaceValue } = configuration.inspect<unknown>(name) ?? {};
  const add = async (value: unknown, target: vscode.ConfigurationTarget): Promise<void> => {
    const files = textsOf(value);
    if (!files.includes(path)) await configuration.update(name, [...files, path], target);
  };
  await add(globalValue, vscode.ConfigurationTarget.Global);
  if (workspaceValue !== undefined) await add(workspaceValue, vscode.ConfigurationTarget.Workspace);
}
