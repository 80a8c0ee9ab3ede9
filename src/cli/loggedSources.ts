import { defined } from '../base/defined.ts';
import { isCoded } from '../base/errors.ts';
import type { Exchange, RequestLogMode } from '../kinds/exchange.ts';
import { serviceName } from '../kinds/localhostName.ts';
import { formatTargetPort } from '../kinds/target.ts';
import { setRequestLog } from '../rpc/exchanges.ts';
import { type ForwardSnapshot, listForwards } from '../rpc/forwardsContract.ts';
import {
  type GatewayService,
  type GatewaySnapshot,
  listGateways,
  setGatewayRequestLog,
} from '../rpc/gatewayContract.ts';
import { checkPorts, chooseForwards, type ForwardFilter, fits } from './forwardChoice.ts';
import type { HostLink } from './hostLink.ts';
import { isProxyFitting, isProxyNamed, serviceNamed } from './proxy/listedProxy.ts';

/** A source of logged requests: a forward of the host, a gateway, or one service of a gateway. */
export interface LoggedSource {
  /** The name of the source, as shown to people. */
  readonly name: string;
  /**
   * True if the source is a gateway or a service of a gateway. The printed line of each request then contains the name
   * of the requested service. The line does not contain the name of the source, which may be less specific.
   */
  readonly hasServices: boolean;
  /** True if no requests of the source are logged. */
  readonly isOff: boolean;
  /**
   * True if all requests of the source are logged. If only some services of a gateway are logged, `isOn` and `isOff`
   * are both false.
   */
  readonly isOn: boolean;
  readonly isOf: (exchange: Exchange) => boolean;
  switchOn(host: HostLink): Promise<void>;
}

/**
 * Returns the sources that match the filter and have one of the names. Without names, returns all sources that match
 * the filter.
 * @throws CodedError `FORWARD_UNKNOWN`, `FORWARD_AMBIGUOUS`
 */
export async function chooseSources(
  host: HostLink,
  names: readonly string[],
  filter: ForwardFilter,
): Promise<readonly LoggedSource[]> {
  const gateways = (await host.requestPromptly(listGateways)).filter((each) => isProxyFitting(each, filter));
  const forwards = (await host.requestPromptly(listForwards)).filter((each) => fits(each, filter));
  checkPorts([...forwards, ...gateways], names);
  const found = names.map((name) => gateways.flatMap((gateway) => sourcesNamed(gateway, name)));
  const others = names.filter((_name, index) => found[index]?.length === 0);
  const isForwardMeant = names.length === 0 || others.length > 0;
  const chosen = isForwardMeant ? chooseForwards(forwards, others) : [];
  const named = names.length === 0 ? gateways.map((gateway) => gatewaySource(gateway)) : found.flat();
  return [...chosen.map(forwardSource), ...named];
}

/** Turns on the request log of a source, unless all requests of the source are logged already. */
export async function switchOnUnlessOn(host: HostLink, source: LoggedSource): Promise<void> {
  if (!source.isOn) await source.switchOn(host);
}

export function forwardSource(forward: ForwardSnapshot): LoggedSource {
  const { id, requestLog = 'off', specification } = forward;
  return {
    name: formatTargetPort(specification.target, specification.remotePort),
    hasServices: false,
    isOff: requestLog === 'off',
    isOn: requestLog !== 'off',
    isOf: (exchange) => exchange.forward === id,
    switchOn: (host) => host.requestPromptly(setRequestLog, { forward: id, mode: 'metadata' }),
  };
}

function sourcesNamed(gateway: GatewaySnapshot, name: string): readonly LoggedSource[] {
  if (isProxyNamed(gateway, name)) return [gatewaySource(gateway)];
  const service = serviceNamed(gateway, name);
  return service === undefined ? [] : [gatewaySource(gateway, service)];
}

/**
 * Returns a gateway, or one of its services, as a source of logged requests.
 * @param service the name of the service, such as `web.demo`; optional, default: the whole gateway
 */
export function gatewaySource(gateway: GatewaySnapshot, service?: string): LoggedSource {
  const { id, requestLog = 'off', services, specification } = gateway;
  const modeOf = (one: GatewayService) => one.requestLog ?? requestLog;
  const modes =
    service === undefined
      ? [requestLog, ...services.map(modeOf)]
      : services.filter((one) => serviceName(one) === service).map(modeOf);
  return {
    name: service ?? specification.namespaces.map((namespace) => `namespace/${namespace}`).join(', '),
    hasServices: true,
    isOff: modes.every((mode) => mode === 'off'),
    isOn: modes.every((mode) => mode !== 'off'),
    isOf: (exchange) => exchange.forward === id && (service === undefined || exchange.service === service),
    switchOn: async (host) => {
      const set = (mode: RequestLogMode, one?: string) =>
        host.requestPromptly(setGatewayRequestLog, { id, mode, ...defined({ service: one }) });
      const setEach = (mode: RequestLogMode, before: RequestLogMode) =>
        services
          .filter((one) => modeOf(one) === before)
          .map((one) => set(mode, serviceName(one)).catch(ignoreMissingService));
      if (service !== undefined) return await set('metadata', service);
      // Setting the mode of a gateway also resets the modes of its services. So sets the mode `record` again for
      // services whose requests are being recorded.
      const requests =
        requestLog === 'off' ? [set('metadata'), ...setEach('record', 'record')] : setEach('metadata', 'off');
      await Promise.all(requests);
    },
  };
}

/**
 * Ignores the error for a service that has disappeared since the gateway was listed, because this service has no more
 * requests to log.
 */
function ignoreMissingService(error: unknown): void {
  if (!isCoded(error, 'NAME_UNKNOWN')) throw error;
}
