import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { copyEnvironment } from '../../base/environment.ts';
import { HOST_FOLDER_VARIABLE } from '../../rpc/hostFolder.ts';
import { readKubeconfigFiles, readSetting } from '../settings.ts';
import type { HostLauncher } from './hostConnector.ts';

/**
 * Environment variables that VS Code sets for its own processes. They are removed from the environment that the window
 * sends to the host. The host runs plugins in this environment, and a plugin that is an Electron program would obey
 * these variables.
 */
const OWN_VARIABLES = /^(VSCODE_|ELECTRON_)/;

/**
 * How long a host keeps running after its last window has closed, by the value of the setting `keepForwards`.
 * Milliseconds. `not` is the former name of `never`, and settings may still contain it.
 */
const LINGER_MS = { never: 0, not: 0, '30s': 30_000, '5m': 300_000 } as const;
/**
 * On Windows, a host keeps running at most this long after its last window has closed, even if the setting allows a
 * longer time. Milliseconds. The limit exists because a running process of VS Code's executable can block an update of
 * VS Code.
 */
const WINDOWS_LINGER_MS = 10_000;

/**
 * Creates the launcher of the forward host. The host is the script `dist/host.js`, which runs in VS Code's own Node.js.
 * The process of the host can keep running after the window has closed.
 */
export function createHostLauncher(context: vscode.ExtensionContext): HostLauncher {
  const folder = process.env[HOST_FOLDER_VARIABLE];
  const options = (signal: AbortSignal) => ({
    signal,
    client: { name: 'vscode', version: String(context.extension.packageJSON.version) },
    environment: windowEnvironment(),
    kubeconfigFiles: readKubeconfigFiles(),
    ...defined({ folder }),
  });
  const program = () => ({
    execPath: process.execPath,
    script: vscode.Uri.joinPath(context.extensionUri, 'dist', 'host.js').fsPath,
    environment: process.env,
    lingerMs: lingerMs(),
  });
  // Loaded on first use, because the RPC library takes as long to load as the rest of the extension.
  const loaded = () => import('../../rpc/connectToHost.ts');
  const joinOrStart: HostLauncher['joinOrStart'] = async (signal) =>
    (await loaded()).connectToHost({ mode: 'joinOrStart', program: program(), ...options(signal) });
  return {
    joinOrRestore: async (signal) => {
      const host = await (await loaded()).connectToHost({ mode: 'join', ...options(signal) });
      if (host !== undefined || process.platform !== 'win32') return host;
      // On Windows, an update of VS Code ends the host. If the host had forwards that terminals started with
      // `--detach`, the host has left a file that lists these forwards. In this case, the window starts a new host,
      // which restores the forwards.
      const { hasLeftForwards } = await import('../onFirstUse.ts');
      return (await hasLeftForwards(folder)) ? await joinOrStart(signal) : undefined;
    },
    joinOrStart,
  };
}

/** How long a host keeps running after its last window has closed, in milliseconds. */
function lingerMs(): number {
  const wanted = LINGER_MS[readSetting('keepForwards')];
  const isDesktopWindows = process.platform === 'win32' && vscode.env.remoteName === undefined;
  return isDesktopWindows ? Math.min(wanted, WINDOWS_LINGER_MS) : wanted;
}

/** The environment of this window. It determines which kubeconfigs, proxies and plugins its forwards use. */
function windowEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(copyEnvironment(process.env));
  return Object.fromEntries(entries.filter(([name]) => !OWN_VARIABLES.test(name)));
}
