import { type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { toCoded } from '../base/errors.ts';
import type {
  ContextReference,
  ContextsSnapshot,
  ForwardSnapshot,
  Holder,
  InitializeParameters,
  InitializeResult,
  LogEntry,
  PortRow,
  RequestType,
  RequestType0,
  RetireResult,
  StartForward,
  TargetReference,
  ViewScope,
  ViewSnapshot,
} from './contract.ts';
import * as contract from './contract.ts';
import { toErrorInfo } from './rpcErrors.ts';

// JSON-RPC 2.0 section 5.1: -32000 to -32099 are the server's own.
const FAILED = -32000;

/** What a host does for one client: a method for each request of the contract. Coded errors reach the client as such. */
export interface HostVerbs {
  initialize(parameters: InitializeParameters): Promise<InitializeResult>;
  retire(parameters: Pick<InitializeParameters, 'environment'>): Promise<RetireResult>;
  listContexts(): Promise<ContextsSnapshot>;
  setKubeconfigFiles(parameters: { readonly files: readonly string[] }): Promise<void>;
  openView(parameters: { readonly viewId: number; readonly scope: ViewScope }): Promise<void>;
  closeView(parameters: { readonly viewId: number }): Promise<void>;
  refreshView(parameters: { readonly viewId: number }): Promise<void>;
  listPorts(target: TargetReference): Promise<readonly PortRow[]>;
  startForward(parameters: StartForward): Promise<ForwardSnapshot>;
  releaseForward(parameters: { readonly holder: string }): Promise<void>;
  stopForward(parameters: { readonly id: string }): Promise<void>;
  restoreForward(parameters: { readonly id: string; readonly holder: Holder }): Promise<ForwardSnapshot>;
  stopAllForwards(): Promise<number>;
  restartForward(parameters: { readonly id: string }): Promise<ForwardSnapshot>;
  changeLocalPort(parameters: { readonly id: string; readonly port: number }): Promise<ForwardSnapshot>;
  setLabel(parameters: { readonly id: string; readonly label: string }): Promise<void>;
  listForwards(): Promise<readonly ForwardSnapshot[]>;
  startDemoCluster(): Promise<ContextReference>;
  stopDemoCluster(): Promise<void>;
}

/** What a host tells one client unasked. Of what is told again before the client has read it only the latest is sent. */
export interface HostNotices {
  contextsChanged(contexts: ContextsSnapshot): void;
  viewChanged(view: ViewSnapshot): void;
  forwardsChanged(forwards: readonly ForwardSnapshot[]): void;
  logged(entry: LogEntry): void;
}

/** Answers a client's requests with the verbs. */
export function bindVerbs(connection: MessageConnection, verbs: HostVerbs): void {
  const on = <P, R>({ method }: RequestType<P, R>, handler: (parameters: P) => Promise<R>) =>
    connection.onRequest(method, (parameters: P) => answer(() => handler(parameters)));
  const on0 = <R>({ method }: RequestType0<R>, handler: () => Promise<R>) =>
    connection.onRequest(method, () => answer(handler));
  on(contract.initialize, (parameters) => verbs.initialize(parameters));
  on(contract.retire, (parameters) => verbs.retire(parameters));
  on0(contract.listContexts, () => verbs.listContexts());
  on(contract.setKubeconfigFiles, (parameters) => verbs.setKubeconfigFiles(parameters));
  on(contract.openView, (parameters) => verbs.openView(parameters));
  on(contract.closeView, (parameters) => verbs.closeView(parameters));
  on(contract.refreshView, (parameters) => verbs.refreshView(parameters));
  on(contract.listPorts, (target) => verbs.listPorts(target));
  on(contract.startForward, (parameters) => verbs.startForward(parameters));
  on(contract.releaseForward, (parameters) => verbs.releaseForward(parameters));
  on(contract.stopForward, (parameters) => verbs.stopForward(parameters));
  on(contract.restoreForward, (parameters) => verbs.restoreForward(parameters));
  on0(contract.stopAllForwards, () => verbs.stopAllForwards());
  on(contract.restartForward, (parameters) => verbs.restartForward(parameters));
  on(contract.changeLocalPort, (parameters) => verbs.changeLocalPort(parameters));
  on(contract.setLabel, (parameters) => verbs.setLabel(parameters));
  on0(contract.listForwards, () => verbs.listForwards());
  on0(contract.startDemoCluster, () => verbs.startDemoCluster());
  on0(contract.stopDemoCluster, () => verbs.stopDemoCluster());
}

/** A request that fails is answered with the coded error in its `data`. */
async function answer(handler: () => Promise<unknown>): Promise<unknown> {
  try {
    return await handler();
  } catch (error) {
    const coded = toCoded(error);
    throw new ResponseError(FAILED, coded.message, toErrorInfo(coded));
  }
}
