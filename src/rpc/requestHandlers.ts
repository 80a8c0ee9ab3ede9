import { type MessageConnection, ResponseError } from 'vscode-jsonrpc';
import { toCoded } from '../base/errors.ts';
import type { RequestType, RequestType0 } from './contract.ts';
import * as contract from './contract.ts';
import * as exchanges from './exchanges.ts';
import * as gateways from './gatewayContract.ts';
import type { Check } from './parameters.ts';
import * as check from './parameters.ts';
import { toErrorInfo } from './rpcErrors.ts';

// JSON-RPC 2.0 section 5.1 leaves the codes from -32000 to -32099 to the server.
const FAILED = -32000;

/** A request of the contract, with the check that its parameters pass before a handler sees them. */
interface CheckedRequest<P, R> {
  readonly type: RequestType<P, R>;
  readonly checkParameters: Check<P>;
}

/** Each request that a host answers. A new request is one line here, and a handler of the same name in the host. */
const REQUESTS = {
  initialize: checked(contract.initialize, check.initializeParameters),
  handOver: checked(contract.handOver, check.objectWith({ environment: check.environment })),
  listContexts: contract.listContexts,
  setKubeconfigFiles: checked(contract.setKubeconfigFiles, check.objectWith({ files: check.files })),
  openView: checked(
    contract.openView,
    check.objectWith({ viewId: check.finiteNumber, scope: check.viewScope }),
  ),
  closeView: checked(contract.closeView, check.objectWith({ viewId: check.finiteNumber })),
  refreshView: checked(contract.refreshView, check.objectWith({ viewId: check.finiteNumber })),
  listPorts: checked(contract.listPorts, check.target),
  startForward: checked(contract.startForward, check.start),
  releaseForward: checked(contract.releaseForward, check.objectWith({ holder: check.shortText() })),
  stopForward: checked(contract.stopForward, check.objectWith({ id: check.shortText() })),
  restoreForward: checked(
    contract.restoreForward,
    check.objectWith({ id: check.shortText(), holder: check.holder }),
  ),
  stopAllForwards: contract.stopAllForwards,
  restartForward: checked(contract.restartForward, check.restart),
  changeLocalPort: checked(
    contract.changeLocalPort,
    check.objectWith({ id: check.shortText(), port: check.finiteNumber }),
  ),
  setLabel: checked(contract.setLabel, check.objectWith({ id: check.shortText(), label: check.shortText() })),
  listForwards: contract.listForwards,
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
  restoreGateway: checked(
    gateways.restoreGateway,
    check.objectWith({ id: check.shortText(), holder: check.holder }),
  ),
  listGateways: gateways.listGateways,
  setGatewayRequestLog: checked(gateways.setGatewayRequestLog, check.gatewayRequestLog),
  gatewayVariables: checked(gateways.gatewayVariables, check.variablesQuery),
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

/** Answers a client's requests with the handlers. Rejects invalid parameters before a handler sees them. */
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

/** A request that fails is answered with the coded error in its `data`. */
async function answer(handler: () => unknown): Promise<unknown> {
  try {
    return await handler();
  } catch (error) {
    const coded = toCoded(error);
    throw new ResponseError(FAILED, coded.message, toErrorInfo(coded));
  }
}
