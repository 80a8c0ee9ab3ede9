import { printable } from '../../base/text.ts';
import { namesProblem } from '../../kinds/gateway.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ErrorInfo } from '../../rpc/messages.ts';
import type { NamesRow } from '../saved/arrangeRows.ts';
import { presentMessage } from './clusterRows.ts';
import { errorText, errorTitle } from './errorText.ts';
import { presentState, stateIcon } from './forwardRows.ts';
import { connectionsText, stateName } from './forwardText.ts';
import { gatewayAddress, gatewayName, gatewayNeedsSignIn, gatewayReason, nameUrl } from './gatewayText.ts';
import type { Localizer } from './localizer.ts';
import { portText } from './portInput.ts';
import { requestLogFlags, requestLogText } from './requestLogText.ts';
import { ICON_COLORS, joinLines, joinNames, joinParts, type RowIcon, type RowPresentation } from './row.ts';

/** The row of a gateway, or a row below a gateway. */
export function presentNamesRow(l10n: Localizer, row: NamesRow): RowPresentation {
  switch (row.type) {
    case 'gateway':
      return presentGateway(l10n, row.gateway, row.context);
    case 'namedService':
      return presentNamedService(l10n, row.service, row.showsNamespace);
    case 'namesProblem':
      return presentNamesProblem(l10n, row.namespace, row.error);
    case 'noServices':
      return presentMessage(l10n.t('No services'), false);
  }
}

/**
 * The row of a gateway. The row begins with the local address, because a narrow side bar shows only the beginning of a
 * row.
 * @param context the name of the context if another context has a gateway too; otherwise undefined
 */
export function presentGateway(
  l10n: Localizer,
  gateway: GatewaySnapshot,
  context: string | undefined,
): RowPresentation {
  const name = gatewayName(l10n, gateway);
  const address = gatewayAddress(gateway);
  const state = stateName(l10n, gateway.state.type);
  const reason = gatewayReason(l10n, gateway);
  const { lastConnectionError: lastError } = gateway;
  return presentState(l10n, gateway, {
    ...{ type: 'gateway', label: address ?? name, names: [name, context], state, reason },
    ...{ address, isHttp: true, mustSignIn: gatewayNeedsSignIn(gateway) },
    facts: [address && name, context],
    tooltip: joinLines([
      [l10n.t('Forwarded Address'), address],
      [l10n.t('Namespace'), gateway.specification.namespaces.map(printable).join(', ')],
      [l10n.t('Context'), printable(gateway.specification.context.context)],
      [l10n.t('State'), state],
      [l10n.t('Reason'), reason],
      [l10n.t('Services'), String(gateway.services.length)],
      [l10n.t('HTTP proxy'), gateway.proxyUrl],
      [l10n.t('SOCKS proxy'), gateway.socksUrl],
      [l10n.t('Connections'), connectionsText(l10n, gateway)],
      [l10n.t('Last Connection Error'), lastError && errorText(l10n, lastError)],
    ]),
    icon: stateIcon(gateway.state, namesProblem(gateway) !== undefined),
  });
}

/** The row of a service, below its gateway. @param showsNamespace whether the label contains the namespace */
export function presentNamedService(
  l10n: Localizer,
  service: GatewayService,
  showsNamespace: boolean,
): RowPresentation {
  const { ports, openConnections: open, hasSelector, requestLog = 'off' } = service;
  const url = nameUrl(service);
  const name = printable(service.name);
  const label = showsNamespace ? `${name}.${printable(service.namespace)}` : name;
  const noSelector = hasSelector ? undefined : l10n.t('the service has no selector');
  const pods = noSelector ?? podsText(l10n, service);
  const problem =
    hasSelector && service.url === undefined ? l10n.t('the service has no TCP port') : undefined;
  const link = url?.replace(/^http:\/\/|\/$/g, '');
  const logged = requestLogText(l10n, requestLog);
  const facts = [problem, open > 0 ? l10n.t('{open} open', { open }) : undefined];
  return {
    label,
    // The description begins with the number of ready pods, as in the row of a workload, because a narrow side bar
    // shows only the beginning.
    description: joinParts([noSelector ?? `${service.readyPods}/${service.pods}`, ...facts, link, logged]),
    tooltip: joinLines([
      [l10n.t('Service'), name],
      [l10n.t('Namespace'), printable(service.namespace)],
      [l10n.t('Pods'), pods],
      [l10n.t('Open Connections'), String(open)],
      ...ports.map((port) => [portText(port), port.url] as const),
    ]),
    icon: serviceIcon(service),
    flags: [
      'namedService',
      ...(url === undefined ? [] : (['byName', ...requestLogFlags(requestLog)] as const)),
    ],
    accessibleName: joinNames([l10n.t('Service {name}', { name: label }), pods, ...facts, link, logged]),
  };
}

/** The row, below a gateway, that shows why the services of a namespace are missing or out of date. */
export function presentNamesProblem(l10n: Localizer, namespace: string, error: ErrorInfo): RowPresentation {
  const label = `${printable(namespace)}: ${errorTitle(l10n, error.code)}`;
  const description = errorText(l10n, error);
  return {
    ...{ label, description },
    tooltip: description,
    icon: { id: 'warning', color: ICON_COLORS.pending },
    flags: ['detail'],
    accessibleName: `${label}, ${description}`,
  };
}

function podsText(l10n: Localizer, { readyPods: ready, pods }: GatewayService): string {
  return pods === 1
    ? l10n.t('{ready} of 1 pod ready', { ready })
    : l10n.t('{ready} of {pods} pods ready', { ready, pods });
}

function serviceIcon(service: GatewayService): RowIcon {
  const id = 'type-hierarchy-sub';
  if (nameUrl(service) === undefined) return { id, color: ICON_COLORS.quiet };
  return { id, color: service.readyPods > 0 ? ICON_COLORS.good : ICON_COLORS.pending };
}
