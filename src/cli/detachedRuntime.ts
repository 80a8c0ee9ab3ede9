import type { EnvironmentVariables } from '../base/environment.ts';
import { type LocalSystem, thisSystem } from '../base/localSystem.ts';
import { findWindowsCommand } from '../kube/credentials/windowsCommand.ts';
import { isSupportedNode } from './nodeVersion.ts';

const VERSION_LIMIT_MS = 5_000;

export interface RuntimeOptions {
  readonly execPath: string;
  /** Whether that is an editor's program. */
  readonly isEditor: boolean;
  readonly environment: EnvironmentVariables;
  readonly system?: LocalSystem;
  /** For tests. */
  readonly isFile?: (path: string) => Promise<boolean>;
}

export interface DetachedRuntime {
  readonly execPath: string;
  /** Whether updates end what runs in the editor's program, and not what runs in this one. */
  readonly outlivesUpdates: boolean;
}

/**
 * The program that runs what a terminal leaves behind. In an integrated terminal on Windows the command runs in VS Code's own program, which
 * an update ends: there it is the Node of the `PATH`, if it is new enough.
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
