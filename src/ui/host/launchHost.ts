import * as vscode from 'vscode';
import { connectToHost } from '../../rpc/connectToHost.ts';
import { readKubeconfigFiles } from '../settings.ts';
import type { HostLauncher } from './hostConnection.ts';

/** Where hosts are found, if not in the user's own place: tests keep apart from the user's forwards by it. */
const FOLDER_VARIABLE = 'KUBE_PORT_FORWARD_HOST_FOLDER';
/** What VS Code itself put there is no business of exec plugins and would mislead an Electron among them. */
const OWN_VARIABLES = /^(VSCODE_|ELECTRON_)/;

/** How this window comes to a forward host: VS Code's own runtime runs `dist/host.js`, which outlives the window. */
export function createHostLauncher(context: vscode.ExtensionContext): HostLauncher {
  const folder = process.env[FOLDER_VARIABLE];
  const options = (signal: AbortSignal) => ({
    signal,
    client: { name: 'vscode', version: String(context.extension.packageJSON.version) },
    environment: windowEnvironment(),
    kubeconfigFiles: readKubeconfigFiles(),
    ...(folder === undefined ? {} : { folder }),
  });
  const program = {
    execPath: process.execPath,
    script: vscode.Uri.joinPath(context.extensionUri, 'dist', 'host.js').fsPath,
    environment: process.env,
  };
  return {
    find: (signal) => connectToHost({ mode: 'join', ...options(signal) }),
    start: (signal) => connectToHost({ mode: 'joinOrStart', program, ...options(signal) }),
  };
}

/** The environment that this window was started in: forwards run under the identity that it gives. */
function windowEnvironment(): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !OWN_VARIABLES.test(name)) environment[name] = value;
  }
  return environment;
}
