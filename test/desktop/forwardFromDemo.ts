import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { COMMANDS, EXTENSION_ID } from '../../src/contributions.ts';
import type { PortForwardApi } from '../../src/ui/api/portForwardApi.ts';
import { fetchText, freePort, isRefused } from '../workbench/support/ports.ts';

/** The part of VS Code's API that the test uses. */
type Window = Pick<typeof vscode, 'commands' | 'extensions'>;

/**
 * Activates the extension in the window, starts a demo cluster, and forwards a port of a service. Then stops the
 * forward and the demo cluster. Rejects if one of these steps fails. The window must not have a kubeconfig of its own.
 */
export async function forwardFromDemo({ commands, extensions }: Window): Promise<void> {
  const extension = extensions.getExtension<PortForwardApi>(EXTENSION_ID);
  assert.ok(extension !== undefined, 'the extension is installed');
  const api = await extension.activate();
  await commands.executeCommand(COMMANDS.startDemoCluster);
  const localPort = await freePort();
  const target = { context: 'demo-admin', namespace: 'demo', target: 'service/web', remotePort: 80 };
  const forward = api.start({ ...target, localPort });
  const { state, pod } = await forward.ready;
  assert.equal(state, 'ready');
  assert.match(pod ?? '', /^web-/);
  assert.match(await fetchText(localPort), /<!doctype html>/);
  await forward.stop();
  assert.equal(await isRefused(localPort), true);
  await commands.executeCommand(COMMANDS.stopDemoCluster);
}
