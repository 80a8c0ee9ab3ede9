import * as vscode from 'vscode';

import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';
import type { GatewaySnapshot } from '../../rpc/gatewayContract.ts';
import { contextOf, portKey } from '../clusters/clusterNodes.ts';
import { followOpening, showGatewayOutcome } from '../gateways/openNamespaces.ts';
import { notify } from '../notify.ts';
import { hasFailed, type Running, runningName, snapshotOf } from '../present/running.ts';
import { usersText } from '../present/usersText.ts';
import { clusterNode } from './commandArguments.ts';
import type { CommandServices } from './commandServices.ts';

/**
 * Stops forwards and gateways for all their holders, which are the windows, tasks and others that use them. Then shows
 * a message whose button Undo starts them again on the same local ports and for the same holders.
 * @param stop stops all the forwards and gateways with one request; optional, default: sends one request for each
 */
export async function stopAndOfferUndo(
  services: CommandServices,
  chosen: readonly Running[],
  stop?: () => Promise<unknown>,
): Promise<void> {
  // Leaves out forwards and gateways that ended while the user was choosing: the message must not count them, and Undo
  // must not start them again.
  const stopped = chosen.flatMap((running) => current(services, running) ?? []);
  if (stopped.length === 0) return;
  const text = stoppedText(services, stopped);
  await (stop?.() ?? Promise.all(stopped.map((one) => stopOne(services, one))));
  const undo = { title: vscode.l10n.t('Undo'), run: () => bringBack(services, stopped) };
  notify('information', text, [undo]);
}

function stopOne({ forwards, gateways }: CommandServices, running: Running): Promise<void> {
  return running.type === 'forward' ? forwards.stop(running.forward.id) : gateways.stop(running.gateway.id);
}

/** Returns a forward or gateway with its newest snapshot. Undefined if the forward or gateway has ended. */
function current({ forwards, gateways }: CommandServices, running: Running): Running | undefined {
  if (running.type === 'forward') {
    const forward = forwards.find(running.forward.id);
    return forward && { type: 'forward', forward };
  }
  const gateway = gateways.find(running.gateway.id);
  return gateway && { type: 'gateway', gateway };
}

/**
 * Returns the text of the message that the user sees after forwards or gateways were stopped.
 * @param stopped the forwards and gateways that were running and are stopped, or that had failed and are removed
 */
function stoppedText({ forwards: { holders } }: CommandServices, stopped: readonly Running[]): string {
  const { l10n } = vscode;
  const running = stopped.filter((one) => !hasFailed(one)).map(snapshotOf);
  const users = usersText(
    l10n,
    running.flatMap((one) => holders.others(one)),
  );
  const elsewhere = running.filter((one) => !holders.isOwn(one)).length;
  if (users === '') return countText(stopped, elsewhere);
  // For a single forward, omits "started elsewhere", because the list of users already says where it was started.
  const text = countText(stopped, stopped.length === 1 ? 0 : elsewhere);
  return l10n.t('{stopped} Also used by: {users}.', { stopped: text, users });
}

function countText(stopped: readonly Running[], elsewhere: number): string {
  const { l10n } = vscode;
  const running = stopped.filter((one) => !hasFailed(one));
  const [first] = stopped;
  if (stopped.length === 1 && first !== undefined) {
    const target = runningName(l10n, first);
    if (running.length === 0) return l10n.t('Removed the failed forward {target}.', { target });
    if (elsewhere > 0) return l10n.t('Stopped {target} (started elsewhere).', { target });
    return l10n.t('Stopped {target}.', { target });
  }
  if (running.length === 0) return l10n.t('Removed {count} failed forwards.', { count: stopped.length });
  const count = running.length;
  if (count === 1) {
    return elsewhere > 0 ? l10n.t('Stopped 1 forward (started elsewhere).') : l10n.t('Stopped 1 forward.');
  }
  return elsewhere > 0
    ? l10n.t('Stopped {count} forwards, {elsewhere} of them started elsewhere.', { count, elsewhere })
    : l10n.t('Stopped {count} forwards.', { count });
}

/**
 * Undo: starts the stopped forwards and gateways again. For a single forward or gateway, shows whether it is ready. For
 * several, shows only failures.
 */
async function bringBack(services: CommandServices, stopped: readonly Running[]): Promise<void> {
  const { starter, forwards, gateways } = services;
  const [only] = stopped;
  const running = only && runningAgain(services, only);
  if (stopped.length === 1 && running !== undefined) return services.messages.showOutcome(running);
  if (stopped.length === 1 && only?.type === 'forward') {
    return starter.follow(forwards.startAgain(only.forward));
  }
  if (stopped.length === 1 && only?.type === 'gateway') {
    const { gateway } = only;
    return followOpening(services, gateways.startAgain(gateway), gateway.specification.namespaces);
  }
  const outcomes = await Promise.allSettled(stopped.map((running) => bringBackOne(services, running)));
  for (const outcome of outcomes)
    if (outcome.status === 'rejected') services.messages.showError(outcome.reason);
}

/**
 * Returns a running forward with the target, the remote port and the local port of the stopped forward; undefined if
 * there is none. If somebody has started such a forward before the user clicks Undo, Undo starts nothing.
 */
function runningAgain({ forwards }: CommandServices, stopped: Running): ForwardSnapshot | undefined {
  if (stopped.type === 'gateway') return undefined;
  const keyOf = ({ specification }: ForwardSnapshot) =>
    portKey(specification.target, specification.remotePort);
  return forwards.all.find(
    (forward) =>
      !hasFailed({ type: 'forward', forward }) &&
      forward.localPort === stopped.forward.localPort &&
      keyOf(forward) === keyOf(stopped.forward),
  );
}

async function bringBackOne(services: CommandServices, running: Running): Promise<void> {
  const { forwards, gateways, messages } = services;
  if (running.type === 'forward') {
    if (runningAgain(services, running) !== undefined) return;
    const forward = await forwards.startAgain(running.forward);
    if (forward.state.type === 'failed') messages.showOutcome(forward);
  } else {
    const gateway = await gateways.startAgain(running.gateway);
    if (gateway.state.type === 'failed') showGatewayOutcome(gateway, gateway.specification.namespaces);
  }
}

/**
 * Closes those namespaces of the given rows that a gateway serves, and offers Undo. If the rows contain all namespaces
 * of a gateway, does not close them, because the caller then stops the whole gateway.
 * @returns the rows that the caller must still stop: all rows except those whose namespace was closed
 */
export async function stopNamespaces(
  services: CommandServices,
  rows: readonly unknown[],
): Promise<readonly unknown[]> {
  const rowNamespaces = new Map(rows.map((row) => [row, openNamespaceOf(services, row)]));
  const closed = new Map<GatewaySnapshot, readonly string[]>();
  for (const found of rowNamespaces.values()) {
    if (found === undefined) continue;
    closed.set(found.gateway, [...(closed.get(found.gateway) ?? []), found.namespace]);
  }
  for (const [gateway, namespaces] of closed) {
    const isWhole = gateway.specification.namespaces.every((name) => namespaces.includes(name));
    if (isWhole) closed.delete(gateway);
  }
  await Promise.all([...closed].map(([gateway, namespaces]) => stopSome(services, gateway, namespaces)));
  return rows.filter((row) => {
    const found = rowNamespaces.get(row);
    return found === undefined || !closed.has(found.gateway);
  });
}

/**
 * Returns the namespace of a row, and the gateway that serves it. Undefined if the row is not a namespace, or if no
 * gateway serves the namespace.
 */
function openNamespaceOf(services: CommandServices, row: unknown) {
  const node = clusterNode(services, row, ['namespace']);
  const gateway = node && services.gateways.ofNamespace(contextOf(node), node.row.name);
  return node && gateway && { gateway, namespace: node.row.name };
}

async function stopSome(
  services: CommandServices,
  gateway: GatewaySnapshot,
  namespaces: readonly string[],
): Promise<void> {
  const { gateways } = services;
  const closed: GatewaySnapshot = {
    ...{ ...gateway, specification: { ...gateway.specification, namespaces } },
    holders: gateway.holders.filter((holder) => holder.namespaces.some((name) => namespaces.includes(name))),
  };
  const text = stoppedText(services, [{ type: 'gateway', gateway: closed }]);
  await gateways.stop(gateway.id, namespaces);
  const reopen = () => followOpening(services, gateways.startAgain(closed, { namespaces }), namespaces);
  notify('information', text, [{ title: vscode.l10n.t('Undo'), run: reopen }]);
}
