import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { ClusterNode } from '../clusters/clusterNodes.ts';
import { isKey } from '../keyRows.ts';
import { forwardedAddress, forwardName } from '../present/forwardText.ts';
import { labelText } from '../present/untrusted.ts';
import { pickFrom } from '../prompts/quickPick.ts';
import { type CommandServices, VANISHED_ROW } from './commandServices.ts';

/** The row of the clusters tree whose menu ran a command. Never the selected row, which may be hidden or selected long ago. */
export function clusterNode<T extends ClusterNode['type']>(
  { clusters }: CommandServices,
  argument: unknown,
  types: readonly T[],
): Extract<ClusterNode, { readonly type: T }> | undefined {
  if (argument === VANISHED_ROW) return undefined;
  const id = idOf(argument);
  const node = id === undefined ? undefined : (clusters.find(id) ?? asNode(argument));
  return node !== undefined && isOneOf(node, types) ? node : undefined;
}

/**
 * Returns the forward of a command: the row of a menu, the focused row for a key, the id of a link, or the only forward of a
 * target in the clusters tree. Asks the user if there is no argument, as from the Command Palette.
 * @param title of the command, also the title of that question
 */
export async function oneForward(
  services: CommandServices,
  title: string,
  argument: unknown,
): Promise<ForwardSnapshot | undefined> {
  if (isKey(argument)) {
    const row = services.forwardsTree.takeFocusedRow();
    return row?.type === 'forward' ? row.forward : undefined;
  }
  const given = givenForwards(services, argument, undefined);
  const [first] = given ?? [];
  if (given !== undefined && given.length <= 1) return first;
  return pickForward(title, given ?? services.forwards.forwards);
}

/** Returns the forwards of a command: several if several rows are selected. `title`: as for {@link oneForward}. */
export async function manyForwards(
  services: CommandServices,
  title: string,
  argument: unknown,
  selected: unknown,
): Promise<readonly ForwardSnapshot[]> {
  const given = givenForwards(services, argument, selected);
  if (given !== undefined) return given;
  const picked = await pickForward(title, services.forwards.forwards);
  return picked === undefined ? [] : [picked];
}

/** Returns undefined if the arguments name no forward. */
function givenForwards(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly ForwardSnapshot[] | undefined {
  if (argument === VANISHED_ROW) return undefined;
  const { forwards, clustersTree } = services;
  const find = (id: string | undefined): readonly ForwardSnapshot[] => {
    if (id === undefined) return [];
    const ids = forwards.find(id) === undefined ? clustersTree.forwardsOf(id) : [id];
    return ids.map((one) => forwards.find(one)).filter((found) => found !== undefined);
  };
  if (Array.isArray(selected) && selected.length > 0) return [...new Set(selected.map(idOf).flatMap(find))];
  if (typeof argument === 'string') return find(argument);
  const id = idOf(argument);
  return id === undefined ? undefined : find(id);
}

/** Tells the user that there are no forwards for the command. */
export function showNoForwards(): void {
  vscode.window.showInformationMessage(vscode.l10n.t('No forwarded ports.')).then(undefined, () => {});
}

async function pickForward(
  title: string,
  forwards: readonly ForwardSnapshot[],
): Promise<ForwardSnapshot | undefined> {
  if (forwards.length === 0) {
    showNoForwards();
    return undefined;
  }
  return await pickFrom(
    { title, placeholder: vscode.l10n.t('Choose a forwarded port') },
    forwards.map((forward) => ({
      label: labelText(forwardName(forward)),
      description: forwardedAddress(forward) ?? '',
      value: forward,
    })),
  );
}

/** The ids of the rows or links that a command was given: of the selected rows if there are any, otherwise of the argument. */
export function givenIds(argument: unknown, selected?: unknown): readonly string[] {
  const isSeveral = Array.isArray(selected) && selected.length > 0;
  return (isSeveral ? selected : [argument])
    .map((one) => (typeof one === 'string' ? one : idOf(one)))
    .filter((id) => id !== undefined);
}

/** The id of the row that a menu passed. */
export function idOf(argument: unknown): string | undefined {
  return asNode(argument)?.id;
}

function asNode(argument: unknown): ClusterNode | undefined {
  const isNode =
    typeof argument === 'object' &&
    argument !== null &&
    'type' in argument &&
    'id' in argument &&
    typeof argument.id === 'string';
  return isNode ? (argument as ClusterNode) : undefined;
}

function isOneOf<T extends ClusterNode['type']>(
  node: ClusterNode,
  types: readonly T[],
): node is Extract<ClusterNode, { readonly type: T }> {
  return (types as readonly string[]).includes(node.type);
}
