import * as vscode from 'vscode';
import { externalAddress } from '../present/externalAddress.ts';
import { oneForward } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { localUri } from './localAddress.ts';

/** Copies `localhost:8080`; in a remote window, the address that the user's machine can reach. */
export async function copyLocalAddress(services: CommandServices, argument: unknown): Promise<void> {
  const forward = await oneForward(services, argument);
  if (forward === undefined) return;
  const uri = localUri(forward);
  if (uri === undefined) return;
  const text =
    vscode.env.remoteName === undefined
      ? uri.authority
      : externalAddress(forward, uri, await vscode.env.asExternalUri(uri));
  await vscode.env.clipboard.writeText(text);
}
