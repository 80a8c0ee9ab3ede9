import type * as vscode from 'vscode';
import type { HostLauncher } from './hostConnection.ts';

/** How this window comes to a forward host. */
export function createHostLauncher(_context: vscode.ExtensionContext): HostLauncher {
  return {
    find: () => Promise.resolve(undefined),
    start: () => Promise.reject(new Error('no host yet')),
  };
}
