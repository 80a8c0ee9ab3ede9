import * as vscode from 'vscode';
import { CONTEXT_KEYS, VIEWS } from '../../contributions.ts';
import { startDemoCluster as startDemoClusterRequest } from '../../rpc/contract.ts';
import type { CommandServices } from './commandServices.ts';

/** The namespace of the demo cluster that has targets. */
const DEMO_NAMESPACE = 'demo';

/** Starts the demo cluster and reveals it in the tree. The cluster ends with this window. */
export async function startDemoCluster(services: CommandServices): Promise<void> {
  const { session, contexts, clusters, clustersTree, contextKeys } = services;
  const context = await vscode.window.withProgress({ location: { viewId: VIEWS.clusters } }, async () => {
    const started = await session.request(startDemoClusterRequest);
    await contexts.load();
    return started;
  });
  contextKeys.set(CONTEXT_KEYS.hasDemoCluster, true);
  const node = await clusters.reveal(context, DEMO_NAMESPACE);
  if (node !== undefined) await clustersTree.view.reveal(node, { expand: true, focus: true });
}
