import * as vscode from 'vscode';
import type { TargetReference } from '../../rpc/contract.ts';
import type { GatewayService, GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import type { ForwardStarter } from '../forwards/forwardStarter.ts';
import { targetText } from '../present/forwardText.ts';
import { forwardablePorts, type PortChoice, withDeclared } from '../present/portInput.ts';
import { pickPort } from '../prompts/pickPort.ts';
import { externalNameUri, localUri } from './browserAddress.ts';

/** A service of a gateway. */
export interface ServiceByName {
  readonly gateway: GatewaySnapshot;
  readonly service: GatewayService;
}

/** Opens a service in the browser by its name, or through a forward of its own if names do not work. */
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

/** The port that the service's name leads to in a browser, or the one that the user chooses. */
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
