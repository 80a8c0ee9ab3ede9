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
  RestartForward,
  RetireResult,
  StartForward,
  TargetReference,
  ViewScope,
  ViewSnapshot,
} from './contract.ts';
import * as contract from './contract.ts';
import type {
  Exchange,
  ExchangeDetails,
  ExchangeFilter,
  SetRequestLog,
  TrafficSample,
  TrafficSampled,
  WatchTraffic,
} from './exchanges.ts';
import * as exchanges from './exchanges.ts';
import {
  type Check,
  environment,
  exchangeFilter,
  exchangeId,
  files,
  forwardId,
  holder,
  holderId,
  initializeParameters,
  label,
  object,
  port,
  requestLog,
  restart,
  start,
  target,
  trafficWatch,
  viewId,
  viewScope,
} from './parameters.ts';
import { toErrorInfo } from './rpcErrors.ts';

// JSON-RPC 2.0 section 5.1: -32000 to -32099 are the server's own.
const FAILED = -32000;

/** The methods of a host for one client, one for each request of the contract. The client receives coded errors unchanged. */
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
  restartForward(parameters: RestartForward): Promise<ForwardSnapshot>;
  changeLocalPort(parameters: { readonly id: string; readonly port: number }): Promise<ForwardSnapshot>;
  setLabel(parameters: { readonly id: string; readonly label: string }): Promise<void>;
  listForwards(): Promise<readonly ForwardSnapshot[]>;
  setRequestLog(parameters: SetRequestLog): Promise<void>;
  listExchanges(filter: ExchangeFilter): Promise<readonly Exchange[]>;
  watchExchanges(filter: ExchangeFilter): Promise<readonly Exchange[]>;
  unwatchExchanges(): Promise<void>;
  readExchange(parameters: { readonly id: number }): Promise<ExchangeDetails>;
  clearExchanges(filter: ExchangeFilter): Promise<void>;
  watchTraffic(parameters: WatchTraffic): Promise<readonly TrafficSample[]>;
  unwatchTraffic(): Promise<void>;
  startDemoCluster(): Promise<ContextReference>;
  stopDemoCluster(): Promise<void>;
}

/** Notifications from a host to one client. Only the latest unread notification of each kind is sent; of exchanges, the latest of each. */
export interface HostNotices {
  contextsChanged(contexts: ContextsSnapshot): void;
  viewChanged(view: ViewSnapshot): void;
  forwardsChanged(forwards: readonly ForwardSnapshot[]): void;
  logged(entry: LogEntry): void;
  exchangesChanged(changed: readonly Exchange[]): void;
  exchangesCleared(filter: ExchangeFilter): void;
  trafficSampled(sampled: TrafficSampled): void;
}

/** Answers a client's requests with the verbs. Rejects invalid parameters before a verb sees them. */
export function bindVerbs(connection: MessageConnection, verbs: HostVerbs): void {
  const on = <P, R>({ method }: RequestType<P, R>, check: Check<P>, handler: (parameters: P) => Promise<R>) =>
    connection.onRequest(method, (parameters: unknown) =>
      answer(async () => await handler(check(parameters, method))),
    );
  const on0 = <R>({ method }: RequestType0<R>, handler: () => Promise<R>) =>
    connection.onRequest(method, () => answer(handler));
  const view = object({ viewId });
  const forward = object({ id: forwardId });
  on(contract.initialize, initializeParameters, (parameters) => verbs.initialize(parameters));
  on(contract.retire, object({ environment }), (parameters) => verbs.retire(parameters));
  on0(contract.listContexts, () => verbs.listContexts());
  on(contract.setKubeconfigFiles, object({ files }), (parameters) => verbs.setKubeconfigFiles(parameters));
  on(contract.openView, object({ viewId, scope: viewScope }), (parameters) => verbs.openView(parameters));
  on(contract.closeView, view, (parameters) => verbs.closeView(parameters));
  on(contract.refreshView, view, (parameters) => verbs.refreshView(parameters));
  on(contract.listPorts, target, (parameters) => verbs.listPorts(parameters));
  on(contract.startForward, start, (parameters) => verbs.startForward(parameters));
  on(contract.releaseForward, object({ holder: holderId }), (parameters) => verbs.releaseForward(parameters));
  on(contract.stopForward, forward, (parameters) => verbs.stopForward(parameters));
  on(contract.restoreForward, object({ id: forwardId, holder }), (parameters) =>
    verbs.restoreForward(parameters),
  );
  on0(contract.stopAllForwards, () => verbs.stopAllForwards());
  on(contract.restartForward, restart, (parameters) => verbs.restartForward(parameters));
  on(contract.changeLocalPort, object({ id: forwardId, port }), (parameters) =>
    verbs.changeLocalPort(parameters),
  );
  on(contract.setLabel, object({ id: forwardId, label }), (parameters) => verbs.setLabel(parameters));
  on0(contract.listForwards, () => verbs.listForwards());
  on(exchanges.setRequestLog, requestLog, (parameters) => verbs.setRequestLog(parameters));
  on(exchanges.listExchanges, exchangeFilter, (filter) => verbs.listExchanges(filter));
  on(exchanges.watchExchanges, exchangeFilter, (filter) => verbs.watchExchanges(filter));
  on0(exchanges.unwatchExchanges, () => verbs.unwatchExchanges());
  on(exchanges.readExchange, object({ id: exchangeId }), (parameters) => verbs.readExchange(parameters));
  on(exchanges.clearExchanges, exchangeFilter, (filter) => verbs.clearExchanges(filter));
  on(exchanges.watchTraffic, trafficWatch, (parameters) => verbs.watchTraffic(parameters));
  on0(exchanges.unwatchTraffic, () => verbs.unwatchTraffic());
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
