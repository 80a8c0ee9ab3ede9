import type * as vscode from 'vscode';
import type { ClustersModel } from '../clusters/clustersModel.ts';
import type { ClustersTree } from '../clusters/clustersTree.ts';
import type { ContextsModel } from '../clusters/contextsModel.ts';
import type { RememberedNamespaces } from '../clusters/rememberedNamespaces.ts';
import type { ViewSubscriptions } from '../clusters/viewSubscriptions.ts';
import type { ContextKeys } from '../contextKeys.ts';
import type { ForwardMessages } from '../forwards/forwardMessages.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import type { ForwardsModel } from '../forwards/forwardsModel.ts';
import type { ForwardsTree } from '../forwards/forwardsTree.ts';
import type { GatewaysModel } from '../gateways/gatewaysModel.ts';
import type { HostConnector } from '../host/hostConnector.ts';
import type { OutputLog } from '../outputLog.ts';
import type { RequestsModel } from '../requests/requestsModel.ts';
import type { TrafficModel } from '../requests/trafficModel.ts';
import type { EntryStarter } from '../saved/entryStarter.ts';
import type { SavedForwards } from '../saved/savedForwards.ts';

/** The services that commands use. */
export interface CommandServices {
  readonly host: HostConnector;
  readonly contexts: ContextsModel;
  readonly views: ViewSubscriptions;
  readonly remembered: RememberedNamespaces;
  readonly clusters: ClustersModel;
  readonly clustersTree: ClustersTree;
  readonly forwards: ForwardsModel;
  readonly forwardsTree: ForwardsTree;
  readonly gateways: GatewaysModel;
  readonly starter: ForwardStarter;
  readonly messages: ForwardMessages;
  readonly saved: SavedForwards;
  readonly entries: EntryStarter;
  readonly output: OutputLog;
  readonly contextKeys: ContextKeys;
  readonly requests: RequestsModel;
  readonly traffic: TrafficModel;
  /** VS Code's storage for choices that the user has made in this workspace. */
  readonly memory: vscode.Memento;
  /** The folder in which this extension stores files for the workspace; absolute path. It is outside the workspace. */
  readonly storage: string;
}

/**
 * Runs a command. The arguments come from menus, keys, links and other extensions, so the handler must validate them.
 * If `launch.json` contains a variable such as `${command:kubePortForward.envFile}`, VS Code replaces the variable by
 * the returned (or resolved) value.
 */
export type CommandHandler = (services: CommandServices, ...commandArguments: readonly unknown[]) => unknown;
