import * as vscode from 'vscode';
import { serviceName } from '../../kinds/localhostName.ts';
import type { TargetReference } from '../../rpc/clustersContract.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { contextOf, namespaceOf } from '../clusters/clusterNodes.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { serviceRowId } from '../gateways/gatewayRows.ts';
import { isUp, targetText } from '../present/forwardText.ts';
import { gatewayName, nameUrl } from '../present/gatewayText.ts';
import { forwardablePorts, type PortChoice, withDeclared } from '../present/portInput.ts';
import { pickPort } from '../prompts/pickPort.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { externalNameUri, localUri } from './browserAddress.ts';
import { clusterNode, givenIds } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { informNotForwarded } from './running.ts';

/**
 * A gateway with the namespaces to which a command applies: only the namespace of the row on which the command was run,
 * or all namespaces of the gateway.
 */
export interface GatewayNamespaces {
  readonly gateway: GatewaySnapshot;
  readonly namespaces: readonly string[];
}

/** Returns the service of a row in the Clusters or Forwards view. Without a row, asks the user to choose a service. */
export async function oneNamedService(
  services: CommandServices,
  argument: unknown,
): Promise<ServiceByName | undefined> {
  if (argument !== undefined) return givenService(services, argument);
  return pickFrom(
    vscode.l10n.t('Services by Name'),
    vscode.l10n.t('Choose a service'),
    allServices(services)
      .filter(({ service }) => nameUrl(service) !== undefined)
      .map((named) => ({
        label: serviceName(named.service),
        description: named.service.url,
        value: named,
      })),
  );
}

/**
 * Returns the gateway and the namespaces of a row in the Clusters or Forwards view. Without a row, returns the only
 * gateway, or if there are several, asks the user to choose a gateway.
 */
export async function oneGateway(
  services: CommandServices,
  argument: unknown,
): Promise<GatewayNamespaces | undefined> {
  const candidates = services.gateways.all.filter(isUp).map(allNamespacesOf);
  const [only] = candidates;
  if (argument !== undefined) return givenGateway(services, candidates, argument);
  if (candidates.length <= 1) return only;
  return pickFrom(
    vscode.l10n.t('Services by Name'),
    vscode.l10n.t('Choose a forwarded port'),
    candidates.map((candidate) => ({
      label: gatewayName(vscode.l10n, candidate.gateway),
      description: candidate.gateway.specification.context.context,
      value: candidate,
    })),
  );
}

function givenGateway(
  services: CommandServices,
  candidates: readonly GatewayNamespaces[],
  argument: unknown,
): GatewayNamespaces | undefined {
  const [id] = givenIds(argument);
  const ofRow = candidates.find(({ gateway }) => gateway.id === id);
  const node = clusterNode(services, argument, ['namespace']);
  if (node !== undefined) {
    const namespace = node.row.name;
    const gateway = services.gateways.ofNamespace(contextOf(node), namespace);
    return gateway && { gateway, namespaces: [namespace] };
  }
  const named = ofRow === undefined ? givenService(services, argument) : undefined;
  if (ofRow === undefined && named === undefined && typeof argument === 'string') informNotForwarded();
  return named === undefined ? ofRow : { gateway: named.gateway, namespaces: [named.service.namespace] };
}

function givenService(services: CommandServices, argument: unknown): ServiceByName | undefined {
  const all = allServices(services);
  const node = clusterNode(services, argument, ['target']);
  if (node === undefined) {
    const [id] = givenIds(argument);
    return all.find(({ gateway, service }) => serviceRowId(gateway, service) === id);
  }
  const namespace = namespaceOf(node).row.name;
  const own = services.gateways.ofNamespace(contextOf(node), namespace);
  return all.find(
    ({ gateway, service }) =>
      gateway === own && service.namespace === namespace && service.name === node.row.name,
  );
}

function allServices({ gateways }: CommandServices): readonly ServiceByName[] {
  return gateways.all
    .filter(isUp)
    .flatMap((gateway) => gateway.services.map((service) => ({ gateway, service })));
}

function allNamespacesOf(gateway: GatewaySnapshot): GatewayNamespaces {
  return { gateway, namespaces: gateway.specification.namespaces };
}

/** A service with the gateway through which it is reached by name. */
export interface ServiceByName {
  readonly gateway: GatewaySnapshot;
  readonly service: GatewayService;
}

/**
 * Opens the URL of a service in the browser, such as `http://web.demo.localhost:8900/`. If {@link externalNameUri}
 * finds that such URLs do not work in this remote window, forwards a port of the service and opens the local address of
 * this forward instead.
 */
export async function openServiceByName(starter: ForwardStarter, named: ServiceByName): Promise<void> {
  const { url } = named.service;
  if (url === undefined) return;
  const external = await externalNameUri(vscode.Uri.parse(url, true));
  if (external === undefined) await openForwarded(starter, named);
  else await vscode.env.openExternal(external);
}

async function openForwarded(starter: ForwardStarter, { gateway, service }: ServiceByName): Promise<void> {
  const { context } = gateway.specification;
  const { namespace, name } = service;
  const target: TargetReference = { context, namespace, kind: 'service', name };
  const choice = await choosePort(target, service);
  if (choice === undefined) return;
  const forward = await starter.begin(target, choice);
  const uri = forward.state.type === 'ready' ? localUri(forward) : undefined;
  if (uri === undefined) starter.showOutcome(forward);
  else await vscode.env.openExternal(uri);
}

/**
 * Returns the port of a service to which the URL of the service leads. If the service declares no such port, asks the
 * user for a port; undefined if the user cancels.
 */
async function choosePort(
  target: TargetReference,
  { ports, url }: GatewayService,
): Promise<PortChoice | undefined> {
  const declared = ports.find((port) => port.url === url);
  if (declared !== undefined) return { remote: declared.number, declared };
  const tcp = forwardablePorts(ports);
  const answer = await pickPort(targetText(target), tcp, false);
  return answer.type === 'picked' ? withDeclared(answer.value, tcp) : undefined;
}
