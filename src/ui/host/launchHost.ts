import * as vscode from 'vscode';
import { copyEnvironment } from '../../base/environment.ts';
import { HOST_FOLDER_VARIABLE } from '../../rpc/hostFolder.ts';
import { readKubeconfigFiles, readSetting } from '../settings.ts';
import type { HostLauncher } from './hostConnection.ts';

/** What VS Code itself put there is no business of exec plugins and would mislead an Electron among them. */
const OWN_VARIABLES = /^(VSCODE_|ELECTRON_)/;

/** `not` is the former name of `never`: settings may still have it. */
const LINGER_MS = { never: 0, not: 0, '30s': 30_000, '5m': 300_000 } as const;
/** A left-over process of VS Code's own program can hold up its update there. */
const WINDOWS_LINGER_MS = 10_000;

/** How this window comes to a forward host: VS Code's own runtime runs `dist/host.js`, which outlives the window. */
export function createHostLauncher(context: vscode.ExtensionContext): HostLauncher {
  const folder = process.env[HOST_FOLDER_VARIABLE];
  const options = (signal: AbortSignal) => ({
    signal,
    client: { name: 'vscode', version: String(context.extension.packageJSON.version) },
    environment: windowEnvironment(),
    kubeconfigFiles: readKubeconfigFiles(),
    ...(folder === undefined ? {} : { folder }),
  });
  const program = () => ({
    execPath: process.execPath,
    script: vscode.Uri.joinPath(context.extensionUri, 'dist', 'host.js').fsPath,
    environment: process.env,
    lingerMs: lingerMs(),
  });
  // With the library of remote procedure calls, which takes as long to load as all the rest of a window.
  const loaded = () => import('../../rpc/connectToHost.ts');
  return {
    find: async (signal) => (await loaded()).connectToHost({ mode: 'join', ...options(signal) }),
    start: async (signal) =>
      (await loaded()).connectToHost({ mode: 'joinOrStart', program: program(), ...options(signal) }),
  };
}

/** How long a host stays after its last window. */
function lingerMs(): number {
  const wanted = LINGER_MS[readSetting('keepForwards')];
  const isDesktopWindows = process.platform === 'win32' && vscode.env.remoteName === undefined;
  return isDesktopWindows ? Math.min(wanted, WINDOWS_LINGER_MS) : wanted;
}

/** The environment that this window was started in: forwards run under the identity that it gives. */
function windowEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(copyEnvironment(process.env));
  return Object.fromEntries(entries.filter(([name]) => !OWN_VARIABLES.test(name)));
}
