import * as vscode from 'vscode';
import type { ForwardSnapshot } from '../../rpc/contract.ts';
import type { ClusterNode } from '../clusters/clusterNodes.ts';
import { forwardedAddress, forwardName } from '../present/forwardText.ts';
import { labelText } from '../present/untrusted.ts';
import { pick } from '../prompts/quickPick.ts';
import type { CommandServices } from './commandServices.ts';
import { VANISHED_ROW } from './vanishedRow.ts';

/** The row of the clusters tree that a command is meant for: the one it came from, else the selected one. */
export function clusterNode<T extends ClusterNode['type']>(
  { clustersTree, clusters }: CommandServices,
  argument: unknown,
  types: readonly T[],
): Extract<ClusterNode, { readonly type: T }> | undefined {
  if (argument === VANISHED_ROW) return undefined;
  const id = idOf(argument);
  const node = id === undefined ? clustersTree.view.selection[0] : (clusters.find(id) ?? asNode(argument));
  return node !== undefined && isOneOf(node, types) ? node : undefined;
}

/**
 * The forward that a command is meant for: a row, an id from a link, the selected row, the one forward that a target of the
 * clusters tree has, or, where it is none of these, the one that the user picks.
 */
export async function oneForward(
  services: CommandServices,
  argument: unknown,
): Promise<ForwardSnapshot | undefined> {
  const given = givenForwards(services, argument, undefined);
  const [first] = given ?? [];
  if (given !== undefined && given.length <= 1) return first;
  return pickForward(services, given ?? services.forwards.forwards);
}

/** The forwards that a command is meant for, several where several rows are selected. */
export async function manyForwards(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): Promise<readonly ForwardSnapshot[]> {
  const given = givenForwards(services, argument, selected);
  if (given !== undefined) return given;
  const picked = await pickForward(services, services.forwards.forwards);
  return picked === undefined ? [] : [picked];
}

/** Undefined where nothing says which. */
function givenForwards(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
): readonly ForwardSnapshot[] | undefined {
  if (argument === VANISHED_ROW) return undefined;
  const { forwards, forwardsTree, clustersTree } = services;
  const find = (ids: readonly (string | undefined)[]): readonly ForwardSnapshot[] =>
    ids
      .map((id) => (id === undefined ? undefined : forwards.find(id)))
      .filter((found) => found !== undefined);
  if (Array.isArray(selected) && selected.length > 0) return find(selected.map(idOf));
  if (typeof argument === 'string') return find([argument]);
  const id = idOf(argument);
  if (id === undefined) return forwardsTree.selection.length > 0 ? find(forwardsTree.selection) : undefined;
  return forwards.find(id) === undefined ? find(clustersTree.forwardsOf(id)) : find([id]);
}

/** The only one is meant without a question, unless the user has just pointed at something else. */
async function pickForward(
  { forwardsTree }: CommandServices,
  forwards: readonly ForwardSnapshot[],
): Promise<ForwardSnapshot | undefined> {
  const [only] = forwards;
  if (only === undefined || (forwards.length === 1 && !forwardsTree.hasOtherSelection)) return only;
  const answer = await pick<ForwardSnapshot>({
    title: vscode.l10n.t('Forwarded Ports'),
    placeholder: vscode.l10n.t('Choose a forwarded port'),
    load: (show) => {
      const items = forwards.map((forward) => ({
        label: labelText(forwardName(forward)),
        description: forwardedAddress(forward) ?? '',
        value: forward,
      }));
      show(items, false);
      return undefined;
    },
  });
  return answer.type === 'picked' ? answer.value : undefined;
}

function idOf(argument: unknown): string | undefined {
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
