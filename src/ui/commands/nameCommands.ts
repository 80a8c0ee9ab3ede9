import * as vscode from 'vscode';
import { exportLines, shellKind } from '../../base/shells.ts';
import { CONTEXT_KEYS } from '../../contributions.ts';
import { contextOf } from '../clusters/clusterNodes.ts';
import { openNamespaces } from '../gateways/openNamespaces.ts';
import { notify } from '../notify.ts';
import { namespacesText } from '../present/gatewayText.ts';
import { type NamespaceReference, pickOneNamespace } from '../prompts/pickOneNamespace.ts';
import { externalNameUri } from './browserAddress.ts';
import { type Command, defineCommand, onRow } from './command.ts';
import { clusterRows } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';
import { oneGateway, oneNamedService, openServiceByName } from './namedService.ts';
import { hasContexts } from './startCommands.ts';

/** Commands for namespaces whose services are forwarded by name. */
export const NAME_COMMANDS: readonly Command[] = [
  defineCommand({
    id: 'kubePortForward.forwardByName',
    title: 'Forward All Services by Name',
    icon: 'plug',
    menus: [onRow('clusters', ['namespace', '!namesOpen'], 'inline@0', '0_forward@1')],
    run: forwardByName,
  }),
  defineCommand({
    id: 'kubePortForward.openByName',
    title: 'Open in Browser by Name',
    icon: 'globe',
    when: CONTEXT_KEYS.hasNames,
    menus: [
      onRow('clusters', ['byName'], '2_forwarded@5'),
      onRow('forwards', ['byName'], 'inline@1', '1_open@1'),
    ],
    run: openByName,
  }),
  defineCommand({
    id: 'kubePortForward.copyUrl',
    title: 'Copy URL',
    icon: 'copy',
    when: CONTEXT_KEYS.hasNames,
    menus: [
      onRow('clusters', ['byName'], '2_forwarded@6'),
      onRow('forwards', ['byName'], 'inline@2', '1_open@2'),
    ],
    run: copyUrl,
  }),
  defineCommand({
    id: 'kubePortForward.copyProxySettings',
    title: 'Copy Proxy Settings',
    when: CONTEXT_KEYS.hasNames,
    menus: [
      onRow('clusters', [['byName', 'namesOpen']], '2_forwarded@7'),
      onRow('forwards', ['gateway', 'bound'], '1_open@4'),
      onRow('forwards', ['namedService'], '1_open@4'),
    ],
    run: copyProxySettings,
  }),
];

/**
 * Forward All Services by Name: opens the namespace of the row, or all selected namespaces, in a gateway, so that
 * programs reach the services by name. Without a row, asks the user for a namespace.
 */
async function forwardByName(services: CommandServices, argument: unknown, selected: unknown): Promise<void> {
  const chosen = clusterRows(services, argument, selected, ['namespace']);
  if (chosen.length > 0) {
    await Promise.all(
      chosen.map((node) => open(services, { context: contextOf(node), namespace: node.row.name })),
    );
    return;
  }
  if (!(await hasContexts(services))) return;
  const picked = await pickOneNamespace(services, vscode.l10n.t('Forward All Services by Name'));
  if (picked !== undefined) await open(services, picked);
}

/** Open in Browser by Name: opens the URL of a service, such as `http://web.demo.localhost:8900/`, in the browser. */
async function openByName(services: CommandServices, argument: unknown): Promise<void> {
  const named = await oneNamedService(services, argument);
  if (named !== undefined) await openServiceByName(services.starter, named);
}

/**
 * Copy URL: copies `http://web.demo.localhost:8900/`. In a remote window, copies the URL at which the user's machine
 * reaches the service.
 */
async function copyUrl(services: CommandServices, argument: unknown): Promise<void> {
  const { url } = (await oneNamedService(services, argument))?.service ?? {};
  if (url === undefined) return;
  const external = await externalNameUri(vscode.Uri.parse(url, true));
  await vscode.env.clipboard.writeText(external?.toString(true) ?? url);
}

/**
 * Copy Proxy Settings: copies shell commands that set environment variables such as `http_proxy`. Programs that are
 * started in that shell then reach the services by name.
 */
async function copyProxySettings(services: CommandServices, argument: unknown): Promise<void> {
  const { l10n } = vscode;
  const chosen = await oneGateway(services, argument);
  if (chosen === undefined) return;
  const { gateway, namespaces } = chosen;
  const variables = await services.gateways.variables({ id: gateway.id, namespaces });
  const lines = exportLines(variables, shellKind(vscode.env.shell));
  await vscode.env.clipboard.writeText(`${lines.join('\n')}\n`);
  const text = l10n.t('Copied. Paste it into a terminal to reach {namespaces} by name.', {
    namespaces: namespacesText(namespaces),
  });
  notify('information', text);
}

function open(services: CommandServices, { context, namespace }: NamespaceReference): Promise<void> {
  return openNamespaces(services, { context, namespaces: [namespace] });
}
