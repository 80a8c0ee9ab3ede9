import type { ClusterNode } from '../clusters/clusterNodes.ts';
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

/** The row whose menu was opened. If that row is selected, all selected rows. */
export function clusterRows<T extends ClusterNode['type']>(
  services: CommandServices,
  argument: unknown,
  selected: unknown,
  types: readonly T[],
): readonly Extract<ClusterNode, { readonly type: T }>[] {
  return givenRows(argument, selected)
    .map((row) => clusterNode(services, row, types))
    .filter((node) => node !== undefined);
}

/** The arguments of a menu as rows: the one whose menu was opened, or all that are selected with it. */
export function givenRows(argument: unknown, selected: unknown): readonly unknown[] {
  return Array.isArray(selected) && selected.length > 1 ? selected : [argument];
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
