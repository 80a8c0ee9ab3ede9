import type { EnvironmentVariables } from '../base/environment.ts';
import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import { findWindowsCommand } from '../kube/credentials/windowsCommand.ts';
import { isSupportedNode } from './nodeVersion.ts';

const VERSION_LIMIT_MS = 5_000;

export interface RuntimeOptions {
  readonly execPath: string;
  /** Whether `execPath` is the program of an editor (VS Code) instead of Node. */
  readonly isEditor: boolean;
  readonly environment: EnvironmentVariables;
  readonly system?: LocalSystem;
  /** Returns whether a path is a file; tests replace it. Optional. */
  readonly isFile?: (path: string) => Promise<boolean>;
}

export interface DetachedRuntime {
  readonly execPath: string;
  /**
   * True on Windows if processes of this program survive an update of the editor, which ends all processes of the
   * editor's own program. False on other systems, where this is not relevant.
   */
  readonly outlivesUpdates: boolean;
}

/**
 * Returns the program in which detached forwards run: the program of this process, with one exception. In VS Code's
 * terminal on Windows, this process runs in VS Code's program, and an update of VS Code ends all processes of that
 * program. Therefore returns the Node on the `PATH` instead, if there is one and it is new enough.
 */
export async function detachedRuntime(options: RuntimeOptions): Promise<DetachedRuntime> {
  const { execPath, isEditor, environment, system = thisSystem, isFile } = options;
  if (system.platform !== 'win32') return { execPath, outlivesUpdates: false };
  if (!isEditor) return { execPath, outlivesUpdates: true };
  const node = await findWindowsCommand('node.exe', [], environment, isFile);
  if (node.type !== 'found') return { execPath, outlivesUpdates: false };
  const version = await system.run(node.file, ['--version'], VERSION_LIMIT_MS).catch(() => '');
  const [, number = '0'] = /^v(\d+\.\d+)/.exec(version) ?? [];
  return isSupportedNode(number)
    ? { execPath: node.file, outlivesUpdates: true }
    : { execPath, outlivesUpdates: false };
}
