import * as vscode from 'vscode';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { contextOf } from '../clusters/clusterNodes.ts';
import { openNamespaces } from '../gateways/openNamespaces.ts';
import { notify } from '../notify.ts';
import { byName } from '../present/gatewayText.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Closes the namespaces of the rows while others of their context stay open by name. Offers Undo.
 * @returns the other rows: those of forwards, and those of all namespaces of a gateway, which stops as a whole
 */
export async function stopNamespaces(
  services: CommandServices,
  rows: readonly unknown[],
): Promise<readonly unknown[]> {
  const places = new Map(rows.map((row) => [row, placeOf(services, row)]));
  const closed = new Map<GatewaySnapshot, readonly string[]>();
  for (const place of places.values()) {
    if (place === undefined) continue;
    closed.set(place.gateway, [...(closed.get(place.gateway) ?? []), place.namespace]);
  }
  for (const [gateway, namespaces] of closed) {
    const isWhole = gateway.specification.namespaces.every((name) => namespaces.includes(name));
    if (isWhole) closed.delete(gateway);
  }
  await Promise.all([...closed].map(([gateway, namespaces]) => stopSome(services, gateway, namespaces)));
  return rows.filter((row) => {
    const place = places.get(row);
    return place === undefined || !closed.has(place.gateway);
  });
}

/** The namespace of a row of the clusters tree that is open by name. */
function placeOf(services: CommandServices, row: unknown) {
  const node = clusterNode(services, row, ['namespace']);
  const gateway = node && services.gateways.ofNamespace(contextOf(node), node.row.name);
  return node && gateway && { gateway, namespace: node.row.name };
}

async function stopSome(
  services: CommandServices,
  { id, specification: { context } }: GatewaySnapshot,
  namespaces: readonly string[],
): Promise<void> {
  await services.gateways.stop(id, namespaces);
  const { l10n } = vscode;
  const undo = {
    title: l10n.t('Undo'),
    run: () => openNamespaces(services, { context, namespaces }),
  };
  notify('information', l10n.t('Stopped {target}.', { target: byName(l10n, namespaces) }), [undo]);
}
