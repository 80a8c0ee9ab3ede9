import * as vscode from 'vscode';
import { defined } from '../../base/defined.ts';
import { copyEnvironment } from '../../base/environment.ts';
import { HOST_FOLDER_VARIABLE } from '../../rpc/hostFolder.ts';
import { readKubeconfigFiles, readSetting } from '../settings.ts';
import type { HostLauncher } from './hostConnector.ts';

/** VS Code's own variables would mislead exec plugins that are Electron programs. */
const OWN_VARIABLES = /^(VSCODE_|ELECTRON_)/;

/** `not` is the former name of `never`: settings may still have it. */
const LINGER_MS = { never: 0, not: 0, '30s': 30_000, '5m': 300_000 } as const;
/** On Windows, a remaining process of VS Code's executable can block its update. */
const WINDOWS_LINGER_MS = 10_000;

/** Starts the forward host: VS Code's own runtime runs `dist/host.js`, which outlives the window. */
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
  // Loaded late: the RPC library takes as long to load as the rest of the window.
  const loaded = () => import('../../rpc/connectToHost.ts');
  const start: HostLauncher['start'] = async (signal) =>
    (await loaded()).connectToHost({ mode: 'joinOrStart', program: program(), ...options(signal) });
  return {
    find: async (signal) => {
      const host = await (await loaded()).connectToHost({ mode: 'join', ...options(signal) });
      if (host !== undefined || process.platform !== 'win32') return host;
      // An update of VS Code has ended the host of forwards that a terminal left in the background.
      const { hasLeftForwards } = await import('../onFirstUse.ts');
      return (await hasLeftForwards(folder)) ? await start(signal) : undefined;
    },
    start,
  };
}

/** How long a host keeps running after its last window. */
function lingerMs(): number {
  const wanted = LINGER_MS[readSetting('keepForwards')];
  const isDesktopWindows = process.platform === 'win32' && vscode.env.remoteName === undefined;
  return isDesktopWindows ? Math.min(wanted, WINDOWS_LINGER_MS) : wanted;
}

/** The environment of this window. It determines the identity that forwards run with. */
function windowEnvironment(): Readonly<Record<string, string>> {
  const entries = Object.entries(copyEnvironment(process.env));
  return Object.fromEntries(entries.filter(([name]) => !OWN_VARIABLES.test(name)));
}
