import * as vscode from 'vscode';
import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { localUri } from './localAddress.ts';

/** Opens the forwarded address. In a remote window, VS Code makes it reachable from the user's machine. */
export async function openInBrowser(services: CommandServices, argument: unknown): Promise<void> {
  const forward = await oneForward(services, argument);
  const uri = forward && localUri(forward);
  if (uri !== undefined) await vscode.env.openExternal(uri);
}
