import * as vscode from 'vscode';
import { systemClock } from './base/async.ts';
import { SETTINGS_SECTION, type SettingTypes } from './contributions.ts';
import { ClustersModel } from './ui/clusters/clustersModel.ts';
import { ClustersTree } from './ui/clusters/clustersTree.ts';
import { ClusterViews } from './ui/clusters/clusterViews.ts';
import { ContextsModel } from './ui/clusters/contextsModel.ts';
import { RememberedNamespaces } from './ui/clusters/rememberedNamespaces.ts';
import { registerCommands } from './ui/commands/registerCommands.ts';
import { ContextKeys } from './ui/contextKeys.ts';
import { ForwardMessages } from './ui/forwards/forwardMessages.ts';
import { ForwardStarter } from './ui/forwards/forwardStarter.ts';
import { ForwardsModel } from './ui/forwards/forwardsModel.ts';
import { ForwardsTree } from './ui/forwards/forwardsTree.ts';
import { HostSession } from './ui/host/hostSession.ts';
import { HostWatch } from './ui/host/hostWatch.ts';
import { createHostLauncher } from './ui/host/launchHost.ts';
import { OutputLog } from './ui/outputLog.ts';
import { readKubeconfigFiles, readSetting } from './ui/settings.ts';
import { StatusBar } from './ui/statusBar.ts';
import { addTerminalCommand } from './ui/terminalPath.ts';

/**
 * Puts the window's parts together. Nothing is started and no network is used: all it does is look whether a forward host
 * runs already, and that after it has returned.
 */
export function activate(context: vscode.ExtensionContext): void {
  const own = <T extends vscode.Disposable>(part: T): T => {
    context.subscriptions.push(part);
    return part;
  };
  const launcher = createHostLauncher(context);
  const session = own(new HostSession({ launcher, clock: systemClock }));
  const output = own(new OutputLog(session));
  const remembered = own(new RememberedNamespaces(context.globalState));
  const contexts = own(new ContextsModel(session));
  const views = own(new ClusterViews(session));
  const forwards = own(new ForwardsModel(session, () => vscode.window.state.focused));
  const knownNamespaces = () => readSetting('namespaces');
  const clusters = own(new ClustersModel({ contexts, views, remembered, knownNamespaces }));
  const messages = own(new ForwardMessages(forwards));
  own(new StatusBar(forwards));
  own(new HostWatch(session, output));
  own(
    registerCommands({
      ...{ session, contexts, views, remembered, clusters, forwards, messages, output },
      clustersTree: own(new ClustersTree(clusters, forwards)),
      forwardsTree: own(new ForwardsTree(forwards)),
      starter: new ForwardStarter(forwards, messages),
      contextKeys: own(new ContextKeys(session, contexts, forwards)),
      memory: context.workspaceState,
    }),
  );
  own(watchSettings(contexts, clusters));
  addTerminalCommand(context);
  session.join().catch((error: unknown) => output.channel.debug(String(error)));
}

/** All that is owned was handed to VS Code, which ends it. */
export function deactivate(): void {}

function watchSettings(contexts: ContextsModel, clusters: ClustersModel): vscode.Disposable {
  const isChanged = (event: vscode.ConfigurationChangeEvent, name: keyof SettingTypes): boolean =>
    event.affectsConfiguration(`${SETTINGS_SECTION}.${name}`);
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (isChanged(event, 'kubeconfigFiles')) contexts.setFiles(readKubeconfigFiles()).catch(() => {});
    if (isChanged(event, 'namespaces')) clusters.refresh().catch(() => {});
  });
}
