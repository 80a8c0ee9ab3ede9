import * as vscode from 'vscode';
import { contextOf } from '../clusters/clusterNodes.ts';
import { openNamespaces } from '../gateways/openNamespaces.ts';
import { notify } from '../notify.ts';
import { byName } from '../present/gatewayText.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Closes the namespace of a row while others of its context stay open by name. Offers Undo.
 * @returns false for another row, or for one of several selected rows
 */
export async function stopNamespace(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<boolean> {
  const { gateways } = services;
  const node = clusterNode(services, argument, ['namespace']);
  const gateway = node && gateways.ofNamespace(contextOf(node), node.row.name);
  const isOneOfSeveral = Array.isArray(selected) && selected.length > 1;
  if (gateway === undefined || gateway.specification.namespaces.length === 1 || isOneOfSeveral) return false;
  const namespaces = [node?.row.name ?? ''];
  await gateways.stop(gateway.id, namespaces);
  const { l10n } = vscode;
  const { context } = gateway.specification;
  const undo = {
    title: l10n.t('Undo'),
    run: () => openNamespaces(services, { context, namespaces }),
  };
  notify('information', l10n.t('Stopped {target}.', { target: byName(l10n, namespaces) }), [undo]);
  return true;
}
