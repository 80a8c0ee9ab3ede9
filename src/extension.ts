import * as vscode from 'vscode';
import { systemClock } from './base/async.ts';
import { SETTINGS_SECTION, type SettingTypes } from './contributions.ts';
import { PublicApi } from './ui/api/createApi.ts';
import type { PortForwardApi } from './ui/api/portForwardApi.ts';
import { askForPlugin } from './ui/clusters/askForPlugin.ts';
import { ClustersModel } from './ui/clusters/clustersModel.ts';
import { ClustersTree } from './ui/clusters/clustersTree.ts';
import { ContextsModel } from './ui/clusters/contextsModel.ts';
import { PluginGate } from './ui/clusters/pluginGate.ts';
import { RememberedNamespaces } from './ui/clusters/rememberedNamespaces.ts';
import { ViewSubscriptions } from './ui/clusters/viewSubscriptions.ts';
import { registerCommands } from './ui/commands/registerCommands.ts';
import { ContextKeys } from './ui/contextKeys.ts';
import { ForwardMessages } from './ui/forwards/forwardMessages.ts';
import { ForwardStarter } from './ui/forwards/forwardStarter.ts';
import { ForwardsModel } from './ui/forwards/forwardsModel.ts';
import { ForwardsTree } from './ui/forwards/forwardsTree.ts';
import { Holds } from './ui/forwards/holds.ts';
import { LastLocalPorts } from './ui/forwards/lastLocalPorts.ts';
import { GatewaysModel } from './ui/gateways/gatewaysModel.ts';
import { HostConnector } from './ui/host/hostConnector.ts';
import { HostWatch } from './ui/host/hostWatch.ts';
import { createHostLauncher } from './ui/host/launchHost.ts';
import { OutputLog } from './ui/outputLog.ts';
import { RequestsPanel } from './ui/requests/requestsPanel.ts';
import { registerRowDecorations } from './ui/rowTree.ts';
import { EntryStarter } from './ui/saved/entryStarter.ts';
import { registerCompletions } from './ui/saved/registerCompletions.ts';
import { SavedForwards } from './ui/saved/savedForwards.ts';
import {
  readForwardDefaults,
  readKubeconfigFiles,
  readKubeconfigPlaces,
  readSetting,
} from './ui/settings.ts';
import { StatusBar } from './ui/statusBar.ts';
import type { ForwardTaskServices } from './ui/tasks/forwardTasks.ts';
import { registerTasks } from './ui/tasks/registerTasks.ts';
import type { NamespaceTerminalServices } from './ui/terminals/namespaceTerminal.ts';
import { addTerminalCommand, registerTerminals } from './ui/terminals/registerTerminals.ts';
import { registerTools } from './ui/tools/registerTools.ts';
import type { ToolServices } from './ui/tools/tools.ts';

/**
 * Creates the models, views and commands of the window. Starts no process and uses no network before it returns, so
 * that activation is fast. After that, {@link joinHost} connects to the forward host in the background.
 */
export function activate(context: vscode.ExtensionContext): PortForwardApi {
  const own = ownBy(context);
  const memory = context.workspaceState;
  const gate = <P>(method: string, parameters: P) => plugins.pass(method, parameters);
  const host = own(new HostConnector({ launcher: createHostLauncher(context), clock: systemClock, gate }));
  const output = own(new OutputLog(host));
  const remembered = own(new RememberedNamespaces(context.globalState));
  const contexts = own(new ContextsModel(host));
  const plugins = createPluginGate(contexts, (): ForwardsModel => forwards, memory);
  const views = own(new ViewSubscriptions(host));
  const forwards = own(createForwards(host));
  const knownNamespaces = () => readSetting('namespaces');
  const clusters = own(new ClustersModel({ contexts, views, remembered, knownNamespaces }));
  const messages = own(new ForwardMessages(forwards));
  const gateways = own(createGateways(host, forwards, (): LastLocalPorts => ports));
  messages.followGateways(gateways);
  const ports = own(new LastLocalPorts(context.globalState, forwards, gateways));
  const starter = new ForwardStarter(forwards, messages, ports);
  const entries = new EntryStarter(contexts, forwards, gateways, ports);
  const saved = own(new SavedForwards());
  own(new StatusBar(forwards, gateways));
  own(registerRowDecorations());
  own(new HostWatch(host, forwards, output));
  const forwardsTree = own(new ForwardsTree(forwards, gateways, saved));
  const contextKeys = own(new ContextKeys({ host, contexts, forwards, gateways, saved }));
  const { requests, traffic } = own(new RequestsPanel({ host, forwards, gateways, contextKeys, context }));
  const clustersTree = own(new ClustersTree(clusters, forwards, gateways));
  const storage = (context.storageUri ?? context.globalStorageUri).fsPath;
  const shared = { contexts, views, remembered, forwards, gateways, saved, entries, requests, storage };
  const visible = { clusters, messages, output, forwardsTree, clustersTree, contextKeys, traffic };
  own(registerCommands({ ...shared, ...visible, host, starter, memory }));
  own(watchSettings(contexts, clusters));
  const held = own(new Holds(forwards));
  registerUsers({ ...shared, held, heldGateways: own(new Holds(gateways)) }, context, own);
  joinHost(host, forwards, output)
    .then(() => import('./ui/later.ts'))
    .then(({ AutoStart }) => own(new AutoStart(saved, { entries, starter, messages }, memory)))
    .catch((error: unknown) => output.channel.error(String(error)));
  return own(new PublicApi(forwards, held, entries)).api;
}

/** Does nothing, because VS Code disposes of everything in `context.subscriptions`. */
export function deactivate(): void {}

/** Makes VS Code dispose of an object when the extension is deactivated. Returns the object. */
type Own = <T extends vscode.Disposable>(part: T) => T;

function ownBy(context: vscode.ExtensionContext): Own {
  return (part) => {
    context.subscriptions.push(part);
    return part;
  };
}

/** Registers the terminals, completions, tasks and tools, which use forwards and namespaces. */
function registerUsers(
  services: ForwardTaskServices & ToolServices & NamespaceTerminalServices,
  context: vscode.ExtensionContext,
  own: Own,
): void {
  addTerminalCommand(context);
  own(registerTerminals(services, context));
  own(registerCompletions(services));
  own(registerTasks(services));
  own(registerTools(services));
}

/** @param forwards returns the model of the forwards, which is created after the gate */
function createPluginGate(
  contexts: ContextsModel,
  forwards: () => ForwardsModel,
  memory: vscode.Memento,
): PluginGate {
  return new PluginGate({
    contexts,
    places: readKubeconfigPlaces,
    contextOfForward: (id) => forwards().find(id)?.specification.target.context,
    memory,
    ask: askForPlugin,
  });
}

function createForwards(host: HostConnector): ForwardsModel {
  return new ForwardsModel(
    host,
    () => vscode.window.state.focused,
    () => vscode.workspace.name,
    readForwardDefaults,
  );
}

/** @param ports returns the last local ports, which are created after the model of the gateways */
function createGateways(
  host: HostConnector,
  forwards: ForwardsModel,
  ports: () => LastLocalPorts,
): GatewaysModel {
  return new GatewaysModel({
    host,
    holders: forwards.holders,
    preferredPort: (reference): number => ports().ofContext(reference) ?? readSetting('proxyPort'),
    readDefaults: readForwardDefaults,
  });
}

/**
 * Connects to the forward host if one runs. If none runs, starts a host only if an earlier host left forwards to
 * restore. Otherwise, there are no forwards, so marks the empty list of forwards as loaded: the Forwards view then
 * stops waiting and says that there are no forwards. Never rejects.
 */
async function joinHost(host: HostConnector, forwards: ForwardsModel, output: OutputLog): Promise<void> {
  try {
    if (!(await host.joinOrRestore())) forwards.setLoaded();
  } catch (error) {
    forwards.setLoaded();
    output.channel.debug(String(error));
  }
}

function watchSettings(contexts: ContextsModel, clusters: ClustersModel): vscode.Disposable {
  const isChanged = (event: vscode.ConfigurationChangeEvent, name: keyof SettingTypes): boolean =>
    event.affectsConfiguration(`${SETTINGS_SECTION}.${name}`);
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (isChanged(event, 'kubeconfigFiles')) contexts.setFiles(readKubeconfigFiles()).catch(() => {});
    if (isChanged(event, 'namespaces')) clusters.refresh().catch(() => {});
  });
}
