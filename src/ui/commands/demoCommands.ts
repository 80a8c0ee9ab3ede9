import * as vscode from 'vscode';
import { CONTEXT_KEYS, VIEWS } from '../../contributions.ts';
import { stopDemoCluster, useDemoCluster } from '../../rpc/contract.ts';
import { type Command, defineCommand, onTitle } from './command.ts';
import type { CommandServices } from './commandServices.ts';

/** Commands of the demo cluster. */
export const DEMO_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.startDemoCluster',
    title: 'Start Demo Cluster',
    icon: 'beaker',
    when: `!${CONTEXT_KEYS.hasDemoCluster}`,
    menus: [onTitle('clusters', '2_demo', `!${CONTEXT_KEYS.hasDemoCluster}`)],
    ignoresRow: true,
    run: startDemoCluster,
  }),
  defineCommand({
    id: 'kubePortForward.stopDemoCluster',
    title: 'Stop Demo Cluster',
    icon: 'beaker-stop',
    when: CONTEXT_KEYS.hasDemoCluster,
    menus: [onTitle('clusters', '2_demo', CONTEXT_KEYS.hasDemoCluster)],
    ignoresRow: true,
    // Stops the demo cluster for all windows.
    run: async ({ host, contextKeys }) => {
      if (host.isConnected) await host.request(stopDemoCluster);
      contextKeys.setDemo(undefined);
    },
  }),
];

/**
 * The namespace of the demo cluster that contains most of its example targets. The Clusters view shows it expanded
 * after the cluster has started.
 */
const DEMO_NAMESPACE = 'demo';

/**
 * Starts the demo cluster and shows its namespace {@link DEMO_NAMESPACE} in the tree. The cluster ends when the last
 * window that has started it closes.
 */
async function startDemoCluster(services: CommandServices): Promise<void> {
  const { host, contexts, clusters, clustersTree, contextKeys } = services;
  const context = await vscode.window.withProgress({ location: { viewId: VIEWS.clusters } }, async () => {
    const started = await host.request(useDemoCluster);
    await contexts.load();
    return started;
  });
  contextKeys.setDemo(context);
  const node = await clusters.reveal(context, DEMO_NAMESPACE);
  if (node !== undefined) await clustersTree.view.reveal(node, { expand: true, focus: true });
}
