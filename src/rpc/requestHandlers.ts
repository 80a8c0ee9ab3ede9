import { type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { toCoded } from '../base/errors.ts';
import * as clusters from './clustersContract.ts';
import * as contract from './contract.ts';
import * as exchanges from './exchanges.ts';
import * as forwards from './forwardsContract.ts';
import * as gateways from './gatewayContract.ts';
import type { RequestType, RequestType0 } from './messages.ts';
import type { Check } from './parameters.ts';
import * as check from './parameters.ts';
import { toErrorInfo } from './rpcErrors.ts';

// The JSON-RPC error code of every failed request: section 5.1 of JSON-RPC 2.0 lets a server define the codes from
// -32000 to -32099. The actual error is in the `data` of the response.
const FAILED = -32000;

/**
 * A request that clients can send (see `contract.ts` and `*Contract.ts`), and the check that its parameters
 * must pass before they reach a handler.
 */
interface CheckedRequest<P, R> {
  readonly type: RequestType<P, R>;
  readonly checkParameters: Check<P>;
}

/**
 * All requests that a host answers. To add a request, add it to this list, and a handler with the same name to
 * `src/host/clientHandler.ts`.
 */
const REQUESTS = {
  initialize: checked(contract.initialize, check.initializeParameters),
  handOver: checked(contract.handOver, check.objectWith({ environment: check.environment })),
  listContexts: clusters.listContexts,
  setKubeconfigFiles: checked(clusters.setKubeconfigFiles, check.objectWith({ files: check.files })),
  openView: checked(
    clusters.openView,
    check.objectWith({ viewId: check.finiteNumber, scope: check.viewScope }),
  ),
  closeView: checked(clusters.closeView, check.objectWith({ viewId: check.finiteNumber })),
  refreshView: checked(clusters.refreshView, check.objectWith({ viewId: check.finiteNumber })),
  listPorts: checked(clusters.listPorts, check.target),
  startForward: checked(forwards.startForward, check.start),
  releaseForward: checked(forwards.releaseForward, check.objectWith({ holder: check.shortText() })),
  stopForward: checked(forwards.stopForward, check.objectWith({ id: check.shortText() })),
  restoreForward: checked(
    forwards.restoreForward,
    check.objectWith({ id: check.shortText(), holder: check.holder }),
  ),
  stopAllForwards: forwards.stopAllForwards,
  restartForward: checked(forwards.restartForward, check.restart),
  changeLocalPort: checked(
    forwards.changeLocalPort,
    check.objectWith({ id: check.shortText(), port: check.finiteNumber }),
  ),
  setLabel: checked(forwards.setLabel, check.objectWith({ id: check.shortText(), label: check.shortText() })),
  listForwards: forwards.listForwards,
  setRequestLog: checked(exchanges.setRequestLog, check.requestLog),
  listExchanges: checked(exchanges.listExchanges, check.exchangeFilter),
  watchExchanges: checked(exchanges.watchExchanges, check.exchangeFilter),
  unwatchExchanges: exchanges.unwatchExchanges,
  readExchange: checked(exchanges.readExchange, check.objectWith({ id: check.finiteNumber })),
  clearExchanges: checked(exchanges.clearExchanges, check.exchangeFilter),
  watchTraffic: checked(exchanges.watchTraffic, check.trafficWatch),
  unwatchTraffic: exchanges.unwatchTraffic,
  startGateway: checked(gateways.startGateway, check.gatewayStart),
  releaseGateway: checked(gateways.releaseGateway, check.objectWith({ holder: check.shortText() })),
  stopGateway: checked(gateways.stopGateway, check.gatewayStop),
  restoreGateway: checked(gateways.restoreGateway, check.gatewayRestore),
  listGateways: gateways.listGateways,
  setGatewayRequestLog: checked(gateways.setGatewayRequestLog, check.gatewayRequestLog),
  gatewayVariables: checked(gateways.gatewayVariables, check.variablesQuery),
  useDemoCluster: contract.useDemoCluster,
  stopDemoCluster: contract.stopDemoCluster,
};

type Handler<Request> =
  Request extends CheckedRequest<infer P, infer R>
    ? (parameters: P) => R | Promise<R>
    : Request extends RequestType0<infer R>
      ? () => R | Promise<R>
      : never;

/**
 * The handlers of a host for one client, one for each request. If a handler throws a coded error, the client receives
 * an error with the same code and arguments.
 */
export type HostHandlers = { readonly [Name in keyof typeof REQUESTS]: Handler<(typeof REQUESTS)[Name]> };

/**
 * Registers the handlers for the requests of a client. Requests with invalid parameters fail before they reach a
 * handler.
 */
export function bindHandlers(connection: MessageConnection, handlers: HostHandlers): void {
  for (const name of Object.keys(REQUESTS) as (keyof HostHandlers)[]) {
    const request = REQUESTS[name];
    const handler = handlers[name] as (parameters?: unknown) => unknown;
    if ('checkParameters' in request) {
      const { type, checkParameters } = request;
      connection.onRequest(type.method, (parameters: unknown) =>
        answer(() => handler(checkParameters(parameters, type.method))),
      );
    } else connection.onRequest(request.method, () => answer(handler));
  }
}

function checked<P, R>(type: RequestType<P, R>, checkParameters: Check<P>): CheckedRequest<P, R> {
  return { type, checkParameters };
}

/**
 * Returns the result of the handler. If the handler fails, throws a `ResponseError` whose `data` is the coded error, so
 * that the client receives its code and arguments.
 */
async function answer(handler: () => unknown): Promise<unknown> {
  try {
    return await handler();
  } catch (error) {
    const coded = toCoded(error);
    throw new ResponseError(FAILED, coded.message, toErrorInfo(coded));
  }
}
