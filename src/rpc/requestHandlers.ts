import { type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { toCoded } from '../base/errors.ts';
import type {
  ContextsSnapshot,
  ForwardSnapshot,
  LogEntry,
  RequestType,
  RequestType0,
  ViewSnapshot,
} from './contract.ts';
import * as contract from './contract.ts';
import type { Exchange, ExchangeFilter, TrafficSampled } from './exchanges.ts';
import * as exchanges from './exchanges.ts';
import type { GatewaySnapshot } from './gatewayContract.ts';
import * as gateways from './gatewayContract.ts';
import {
  type Check,
  environment,
  exchangeFilter,
  exchangeId,
  files,
  forwardId,
  gatewayRequestLog,
  gatewayStart,
  gatewayStop,
  holder,
  holderId,
  initializeParameters,
  label,
  objectWith,
  port,
  requestLog,
  restart,
  start,
  target,
  trafficWatch,
  variablesQuery,
  viewId,
  viewScope,
} from './parameters.ts';
import { toErrorInfo } from './rpcErrors.ts';

// JSON-RPC 2.0 section 5.1 leaves the codes from -32000 to -32099 to the server.
const FAILED = -32000;

/** A request of the contract, with the check that its parameters pass before a handler sees them. */
interface CheckedRequest<P, R> {
  readonly type: RequestType<P, R>;
  readonly check: Check<P>;
}

/** Each request that a host answers. A new request is one line here, and a handler of the same name in the host. */
const REQUESTS = {
  initialize: checked(contract.initialize, initializeParameters),
  handOver: checked(contract.handOver, objectWith({ environment })),
  listContexts: contract.listContexts,
  setKubeconfigFiles: checked(contract.setKubeconfigFiles, objectWith({ files })),
  openView: checked(contract.openView, objectWith({ viewId, scope: viewScope })),
  closeView: checked(contract.closeView, objectWith({ viewId })),
  refreshView: checked(contract.refreshView, objectWith({ viewId })),
  listPorts: checked(contract.listPorts, target),
  startForward: checked(contract.startForward, start),
  releaseForward: checked(contract.releaseForward, objectWith({ holder: holderId })),
  stopForward: checked(contract.stopForward, objectWith({ id: forwardId })),
  restoreForward: checked(contract.restoreForward, objectWith({ id: forwardId, holder })),
  stopAllForwards: contract.stopAllForwards,
  restartForward: checked(contract.restartForward, restart),
  changeLocalPort: checked(contract.changeLocalPort, objectWith({ id: forwardId, port })),
  setLabel: checked(contract.setLabel, objectWith({ id: forwardId, label })),
  listForwards: contract.listForwards,
  setRequestLog: checked(exchanges.setRequestLog, requestLog),
  listExchanges: checked(exchanges.listExchanges, exchangeFilter),
  watchExchanges: checked(exchanges.watchExchanges, exchangeFilter),
  unwatchExchanges: exchanges.unwatchExchanges,
  readExchange: checked(exchanges.readExchange, objectWith({ id: exchangeId })),
  clearExchanges: checked(exchanges.clearExchanges, exchangeFilter),
  watchTraffic: checked(exchanges.watchTraffic, trafficWatch),
  unwatchTraffic: exchanges.unwatchTraffic,
  startGateway: checked(gateways.startGateway, gatewayStart),
  releaseGateway: checked(gateways.releaseGateway, objectWith({ holder: holderId })),
  stopGateway: checked(gateways.stopGateway, gatewayStop),
  restoreGateway: checked(gateways.restoreGateway, objectWith({ id: forwardId, holder })),
  listGateways: gateways.listGateways,
  setGatewayRequestLog: checked(gateways.setGatewayRequestLog, gatewayRequestLog),
  gatewayVariables: checked(gateways.gatewayVariables, variablesQuery),
  startDemoCluster: contract.startDemoCluster,
  stopDemoCluster: contract.stopDemoCluster,
};

type Handler<Request> =
  Request extends CheckedRequest<infer P, infer R>
    ? (parameters: P) => R | Promise<R>
    : Request extends RequestType0<infer R>
      ? () => R | Promise<R>
      : never;

/** The handlers of a host for one client, one for each request. The client receives coded errors unchanged. */
export type HostHandlers = { readonly [Name in keyof typeof REQUESTS]: Handler<(typeof REQUESTS)[Name]> };

/** Notifications from a host to one client. Only the latest unread notification of each kind is sent; of exchanges, the latest of each. */
export interface HostNotifications {
  contextsChanged(contexts: ContextsSnapshot): void;
  viewChanged(view: ViewSnapshot): void;
  forwardsChanged(forwards: readonly ForwardSnapshot[]): void;
  gatewaysChanged(gateways: readonly GatewaySnapshot[]): void;
  logged(entry: LogEntry): void;
  exchangesChanged(changed: readonly Exchange[]): void;
  exchangesCleared(filter: ExchangeFilter): void;
  trafficSampled(sampled: TrafficSampled): void;
}

/** Answers a client's requests with the handlers. Rejects invalid parameters before a handler sees them. */
export function bindHandlers(connection: MessageConnection, handlers: HostHandlers): void {
  for (const name of Object.keys(REQUESTS) as (keyof HostHandlers)[]) {
    const request = REQUESTS[name];
    const handler = handlers[name] as (parameters?: unknown) => unknown;
    if ('check' in request) {
      const { type, check } = request;
      connection.onRequest(type.method, (parameters: unknown) =>
        answer(() => handler(check(parameters, type.method))),
      );
    } else connection.onRequest(request.method, () => answer(handler));
  }
}

function checked<P, R>(type: RequestType<P, R>, check: Check<P>): CheckedRequest<P, R> {
  return { type, check };
}

/** A request that fails is answered with the coded error in its `data`. */
async function answer(handler: () => unknown): Promise<unknown> {
  try {
    return await handler();
  } catch (error) {
    const coded = toCoded(error);
    throw new ResponseError(FAILED, coded.message, toErrorInfo(coded));
  }
}
