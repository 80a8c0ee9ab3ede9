import type { PortForwardApi } from 'kube-port-forward/vscode';
import * as vscode from 'vscode';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(
    vscode.commands.registerCommand('forwardExample.readPage', async () => {
      const page = await readPage(await portForwardApi());
      await vscode.window.showInformationMessage(page.slice(0, 100));
    }),
  );
}

async function portForwardApi(): Promise<PortForwardApi> {
  const extension = vscode.extensions.getExtension<PortForwardApi>('kube-port-forward.kube-port-forward');
  if (extension === undefined) throw new Error('Kubernetes Port Forward is not installed.');
  return extension.activate();
}

/** Forwards a port of a service for one request. Where others use the same forward, it goes on for them. */
async function readPage(api: PortForwardApi): Promise<string> {
  const forward = api.start({ namespace: 'demo', target: 'service/web', remotePort: 80 });
  try {
    const { localPort } = await forward.ready;
    const response = await fetch(`http://localhost:${localPort}/`);
    return await response.text();
  } finally {
    await forward.stop();
  }
}
