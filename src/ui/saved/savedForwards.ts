import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../base/disposable.ts';
import { Emitter } from '../../base/event.ts';
import { SETTINGS_SECTION, type SettingTypes } from '../../contributions.ts';
import { mergeSources, type SavedList, type SavedSource, type SettingsScope } from './savedForward.ts';

const NAME = 'forwards' satisfies keyof SettingTypes;

/** The saved forwards from user settings and, in a trusted workspace, from workspace and folder settings. */
export class SavedForwards implements Disposable {
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new Emitter<void>());
  #list: SavedList;
  #isHeldBack = false;

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#list = mergeSources(readSources());
    const update = (): void => {
      this.#list = mergeSources(readSources());
      this.#changed.fire();
    };
    this.#owned.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${SETTINGS_SECTION}.${NAME}`)) update();
      }),
    );
    this.#owned.add(vscode.workspace.onDidGrantWorkspaceTrust(update));
    this.#owned.add(vscode.workspace.onDidChangeWorkspaceFolders(update));
    if (!vscode.workspace.isTrusted) this.#searchUntrusted().catch(() => {});
  }

  get forwards(): SavedList['forwards'] {
    return this.#list.forwards;
  }

  get problems(): SavedList['problems'] {
    return this.#list.problems;
  }

  /** Whether the workspace has forwards that are ignored until the user trusts the workspace. */
  get isHeldBack(): boolean {
    return this.#isHeldBack && !vscode.workspace.isTrusted;
  }

  /** Returns the value of the setting `forwards` in one settings scope, unchecked. */
  read(scope: SettingsScope): unknown {
    return inspect(scope)[valueNameOf(scope)];
  }

  /** Writes the setting `forwards` in one settings scope. If the list is empty, removes the setting. */
  async write(scope: SettingsScope, list: readonly unknown[]): Promise<void> {
    const value = list.length === 0 ? undefined : list;
    await configuration(scope).update(NAME, value, TARGETS[scope.type]);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /**
   * Sets `isHeldBack` if the untrusted workspace has saved forwards. VS Code hides the settings of an untrusted
   * workspace, so this method searches the text of its settings files instead.
   */
  async #searchUntrusted(): Promise<void> {
    const { workspaceFile, workspaceFolders = [] } = vscode.workspace;
    const files = workspaceFolders.map(({ uri }) => vscode.Uri.joinPath(uri, '.vscode', 'settings.json'));
    const texts = await Promise.allSettled(
      (workspaceFile === undefined ? files : [...files, workspaceFile]).map(async (file) =>
        new TextDecoder().decode(await vscode.workspace.fs.readFile(file)),
      ),
    );
    const setting = JSON.stringify(`${SETTINGS_SECTION}.${NAME}`);
    this.#isHeldBack = texts.some((text) => text.status === 'fulfilled' && text.value.includes(setting));
    if (this.#isHeldBack && !this.#owned.isDisposed) this.#changed.fire();
  }
}

/**
 * Returns the settings scopes that apply in this window, user settings first. Workspace and folder settings apply only
 * in a trusted workspace.
 */
export function settingsScopes(): readonly SettingsScope[] {
  const { isTrusted, workspaceFolders = [], workspaceFile } = vscode.workspace;
  const hasWorkspace = workspaceFolders.length > 0 || workspaceFile !== undefined;
  if (!isTrusted || !hasWorkspace) return [{ type: 'user' }];
  return [{ type: 'user' }, { type: 'workspace' }, ...folderScopes()];
}

/** Returns the name of a settings scope as users see it, such as "Workspace Settings". */
export function scopeText(scope: SettingsScope): string {
  const { l10n } = vscode;
  switch (scope.type) {
    case 'user':
      return l10n.t('User Settings');
    case 'workspace':
      return l10n.t('Workspace Settings');
    case 'folder':
      return l10n.t('Folder Settings: {folder}', {
        folder: vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(scope.folder))?.name ?? '',
      });
  }
}

const TARGETS = {
  user: vscode.ConfigurationTarget.Global,
  workspace: vscode.ConfigurationTarget.Workspace,
  folder: vscode.ConfigurationTarget.WorkspaceFolder,
} as const;

function readSources(): readonly SavedSource[] {
  return settingsScopes().map((scope) => ({ scope, value: inspect(scope)[valueNameOf(scope)] }));
}

/**
 * Returns the settings scopes of the folders in a multi-root workspace. In a single-folder workspace, returns none,
 * because its folder settings are the workspace settings.
 */
function folderScopes(): readonly SettingsScope[] {
  if (vscode.workspace.workspaceFile === undefined) return [];
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.map(({ uri }) => ({ type: 'folder', folder: uri.toString() }));
}

function configuration(scope: SettingsScope): vscode.WorkspaceConfiguration {
  const resource = scope.type === 'folder' ? vscode.Uri.parse(scope.folder) : undefined;
  return vscode.workspace.getConfiguration(SETTINGS_SECTION, resource);
}

type ValueName = 'globalValue' | 'workspaceValue' | 'workspaceFolderValue';

function inspect(scope: SettingsScope): { readonly [Name in ValueName]?: unknown } {
  return configuration(scope).inspect<unknown>(NAME) ?? {};
}

function valueNameOf(scope: SettingsScope): ValueName {
  if (scope.type === 'user') return 'globalValue';
  return scope.type === 'workspace' ? 'workspaceValue' : 'workspaceFolderValue';
}
