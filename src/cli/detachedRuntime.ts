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
   * True on Windows if processes that run in `execPath` survive an update of VS Code. The update ends all processes
   * that run in VS Code's own program. Always false on other systems, where an update ends no processes.
   */
  readonly outlivesUpdates: boolean;
}

/**
 * Returns the executable in which detached forwards run: the executable of this process, with one exception. In VS
 * Code's terminal on Windows, this process runs in VS Code's executable, and an update of VS Code ends all processes of
 * that executable. Therefore returns the Node on the `PATH` instead, if there is one and it is new enough.
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
