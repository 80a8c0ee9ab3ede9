import * as vscode from 'vscode';
import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { localUri } from './localAddress.ts';

/** Copies `localhost:8080`; in a remote window what leads there from the user's machine, a whole URL where it must be one. */
export async function copyLocalAddress(services: CommandServices, argument: unknown): Promise<void> {
  const forward = await oneForward(services, argument);
  const uri = forward && localUri(forward);
  if (uri === undefined) return;
  const external = vscode.env.remoteName === undefined ? uri : await vscode.env.asExternalUri(uri);
  const hasPath = external.path !== '' && external.path !== '/';
  await vscode.env.clipboard.writeText(hasPath ? external.toString(true) : external.authority);
}
